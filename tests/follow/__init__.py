"""Tests of the instrument's follow."""
