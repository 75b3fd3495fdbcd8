"""Files of one format → papers; one module a format."""
