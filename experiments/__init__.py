"""Measures what the course claims; knows nothing of verdicts."""
