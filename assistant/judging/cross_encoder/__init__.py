"""A small network: a question beside an abstract → how the paper and its sentences answer."""
