"""Measuring in blocks. Internal; knows nothing of verdicts."""
