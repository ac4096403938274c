"""Tests of the instrument's judge."""
