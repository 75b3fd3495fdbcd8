"""What is kept: conversations and what people said of answers; and what leaves the product: references, exports."""
