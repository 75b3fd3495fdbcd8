"""A question in its conversation → `ParsedQuestion`: form, topic, papers, filters, what it refers
to.
"""
