"""Benchmarks to be run by hand, none in the suite."""
