"""The terminal: commands, each in the module named for what it is about."""
