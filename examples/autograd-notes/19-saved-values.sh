# What reverse mode needs later is kept: a square keeps its input (node 0), an exponential its result (node 1).
gradcli graph "x**2" --x 3 --format json
# => graph.nodes.1.grad_fn: "PowBackward"
# => graph.nodes.1.saved: [{"node": 0, "bytes": 8}]
gradcli graph "exp(x)" --x 3 --format json
# => graph.nodes.1.grad_fn: "ExpBackward"
# => graph.nodes.1.saved: [{"node": 1, "bytes": 8}]

# A sum needs neither of its operands.
gradcli graph "x + 2" --x 3 --format json
# => graph.nodes.1.grad_fn: "AddBackward"
# => graph.nodes.1.saved: []
