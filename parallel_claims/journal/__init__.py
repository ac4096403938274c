"""The journal of a run: written while it measures, read when it is recovered. Internal."""
