"""Candidates → evidence: which papers belong to an answer, and which sentences answer."""
