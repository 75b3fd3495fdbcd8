"""What ships of the bundled papers beside their texts: vectors, and the ingest of all of them."""
