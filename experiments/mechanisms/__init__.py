"""What one explanation rests on, each measured by itself."""
