"""A map of the corpus: where each paper lies among the others, and what its neighbours are about."""
