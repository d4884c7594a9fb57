"""Sample points of functions that pass on one of their operands."""

import numpy as np

ROW = np.array([-1.5, 0.25, 2.0])
COLUMN = np.array([[0.5], [-1.25]])

SAMPLES = {
    "where": [
        ((True, 1.0, 2.0), {}),
        ((0.0, 1.0, 2.0), {}),
        ((np.array([True, False, True]), ROW, COLUMN), {}),
        ((np.array([True, False, True]), ROW, 3.0), {}),
    ],
}
REFERENCES = {"where": lambda condition, x, y: np.where(condition, x, y)}
