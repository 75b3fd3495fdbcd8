"""A small network: a message and the turn before it → what is asked, and in which words."""
