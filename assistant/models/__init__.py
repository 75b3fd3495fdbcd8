"""Names of models → chat models, embedders, rerankers; what they cost."""
