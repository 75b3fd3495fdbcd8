"""What lies on disk for one corpus: Chroma, keywords, token vectors, locks."""
