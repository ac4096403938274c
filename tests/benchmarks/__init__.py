"""Benchmarks of the instrument itself: scripts, never tests."""
