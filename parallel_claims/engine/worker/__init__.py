"""What runs in the process that is measured: pytest and the standard library, no more. Internal."""
