"""Automatic differentiation: primitives, the graph that a run records, and the walks over it."""
