"""What lies on disk for one corpus: papers and vectors in Chroma, keywords, token vectors; where, and who writes."""
