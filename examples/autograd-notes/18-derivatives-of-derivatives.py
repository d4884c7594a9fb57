"""With create_graph a derivative can be differentiated again: x⁴, 4x³, 12x²."""

import gradcli

recording = gradcli.compile("x**4").record({"x": 2.0})

assert recording.value == 16
assert recording.grad() == {"x": 32}
assert recording.hessian() == {"x": {"x": 48}}
print(recording.value, recording.grad()["x"], recording.hessian()["x"]["x"])
