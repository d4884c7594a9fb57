"""Programs to look at: evaluation traces, graphs, curves; and the reference of functions."""
