"""Claims, estimates and verdicts on one run. Internal; measures nothing."""
