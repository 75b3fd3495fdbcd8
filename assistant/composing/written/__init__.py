"""Answers written by a language model: every call bounded and paid for, every sentence checked."""
