"""Judges saved benchmark results; knows nothing of how they were measured."""
