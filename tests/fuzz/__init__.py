"""Fuzzing: `tox -e fuzz`; what it found is kept as ordinary tests beside what it broke."""
