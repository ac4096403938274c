"""One engine: the controller, its workers, and what goes between them. Internal."""
