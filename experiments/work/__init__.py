"""What is computed, how large, and how it is spread."""
