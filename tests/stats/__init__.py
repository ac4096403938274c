"""Tests of the instrument's stats."""
