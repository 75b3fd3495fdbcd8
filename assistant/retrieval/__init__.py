"""A question → ranked papers under its filters."""
