"""Facts of this machine and this Python. Internal."""
