"""Tests of the instrument's report."""
