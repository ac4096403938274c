"""Tests of the instrument's measure."""
