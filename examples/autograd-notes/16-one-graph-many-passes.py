"""A recorded graph can be walked as often as one likes; there is no retain_graph to forget."""

import numpy as np

import gradcli

recording = gradcli.compile("x*x").record({"x": [0.0, 1.0, 2.0, 3.0]})
rows = [recording.vjp(row)["x"] for row in np.eye(4)]

assert np.array_equal(rows, np.diag([0.0, 2.0, 4.0, 6.0]))
assert np.array_equal(rows, recording.jacobian()["x"])
print(np.array(rows))
