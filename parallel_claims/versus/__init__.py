"""Two versions, measured in pairs of fresh processes. Internal."""
