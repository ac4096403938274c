"""Tests of the instrument's saved."""
