"""The contract between measuring and judging: the form of a saved run. Internal."""
