"""Evidence → a draft of the answer, by quoting or by writing."""
