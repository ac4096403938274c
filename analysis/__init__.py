"""What the course says: its claims, and its saved results as assertions."""
