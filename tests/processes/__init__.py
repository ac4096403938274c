"""Tests of how a run ends."""
