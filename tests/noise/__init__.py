"""Tests of the instrument's noise."""
