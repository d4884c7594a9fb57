"""With create_graph a derivative can be differentiated again: x⁴, 4x³, 12x², 24x, 24."""

import gradcli

program = gradcli.compile("x**4")
for order, expected in enumerate((16, 32, 48, 48, 24)):
    value = program.value({"x": 2.0})
    print(f"derivative {order} of x**4 at 2: {value:g}")
    assert value == expected
    program = program.grad_program("x")
