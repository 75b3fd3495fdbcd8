"""What is kept: conversations, and what people said of answers; `export` is what leaves the product."""
