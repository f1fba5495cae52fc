"""Measurements, run by hand; results stand in docs/benchmarks.md."""
