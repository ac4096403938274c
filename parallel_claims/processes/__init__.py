"""How a run ends: nothing that it started or wrote stays, whatever ended it. Internal."""
