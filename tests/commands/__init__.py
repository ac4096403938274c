"""Tests of the instrument's commands."""
