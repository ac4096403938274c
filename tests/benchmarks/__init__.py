"""Benchmarks of the analysis itself: scripts, never tests."""
