"""A question in its conversation → `ParsedQuestion`: form, topic, papers, filters, reference."""
