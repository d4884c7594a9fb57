"""Sample points of the primitives behind losses; torch documents the bounds."""

import numpy as np

PROBABILITIES = [((0.25,), {}), ((np.array([0.1, 0.5, 0.9]),), {})]

SAMPLES = dict.fromkeys(("bounded_log", "bounded_log_complement"), PROBABILITIES)
REFERENCES = {"bounded_log": np.log, "bounded_log_complement": lambda x: np.log1p(-x)}
