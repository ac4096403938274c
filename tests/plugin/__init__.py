"""Tests of the instrument's plugin."""
