"""With create_graph a derivative can be differentiated again: x⁴, 4x³, 12x², 24x."""

import gradcli

program = gradcli.compile("x**4")
recording = program.record({"x": 2.0})

assert recording.value == 16
assert recording.grad() == {"x": 32}
assert recording.hessian() == {"x": {"x": 48}}

# The gradient is a recording of its own.
third = recording.differentiate().differentiate().grad()
assert third == {"x": 48}  # 24 x
print(recording.value, recording.grad()["x"], recording.hessian()["x"]["x"], third["x"])
