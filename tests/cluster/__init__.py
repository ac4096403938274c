"""Tests of what runs on a cluster."""
