"""A comparison of two versions, as people and programs get to see it. Internal."""
