"""Verdicts to text: each renderer returns a string, the command line writes it."""
