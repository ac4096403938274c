"""Tests of comparing two versions."""
