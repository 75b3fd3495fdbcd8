"""A map of the corpus: where each paper lies, and what its neighbours are about."""
