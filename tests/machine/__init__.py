"""Tests of the instrument's machine."""
