"""Who is measured next, where and until when: decided without pytest and a clock. Internal."""
