"""Tests of the code itself: logic with given numbers, never timed."""
