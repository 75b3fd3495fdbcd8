"""What is kept: conversations and feedback; `export` is what leaves the product."""
