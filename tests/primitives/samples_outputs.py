"""Sample points of `output`; its derivative is tested with the primitives that have several outputs."""

import numpy as np

PARTS = (1.5, np.array([2.0, 3.0]))

SAMPLES = {"output": [((PARTS,), {"index": 0}), ((PARTS,), {"index": 1})]}
REFERENCES = {"output": lambda parts, index: parts[index]}
