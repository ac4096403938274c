"""Many runs: read through a cache, compared, followed over time. Internal."""
