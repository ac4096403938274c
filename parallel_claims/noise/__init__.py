"""What disturbed a run, and how often verdicts are wrong on noise. Internal."""
