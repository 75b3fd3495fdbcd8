"""Measuring: questions with known answers → answers → figures with intervals."""
