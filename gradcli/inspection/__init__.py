"""Recorded runs to look at: the evaluation trace, the graph."""
