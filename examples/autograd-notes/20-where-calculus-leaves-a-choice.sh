# 1. Where the derivative exists, it is taken.
gradcli grad "abs(x)" --x -2 --format json
# => gradients.x: -1

# 2. Where the function is convex, the subgradient of least norm.
gradcli grad "abs(x)" --x 0 --format json
# => gradients.x: 0
gradcli grad "relu(x)" --x 0 --format json
# => gradients.x: 0
gradcli grad "max(x)" --x 3,1,3 --format json
# => gradients.x: [0.5, 0, 0.5]

# 3. Where it is concave, the supergradient of least norm.
gradcli grad "minimum(x, y)" --x 1 --y 1 --format json
# => gradients: {"x": 0.5, "y": 0.5}

# 4. Where it can be extended by continuity, that: infinity is allowed.
gradcli grad "sqrt(x)" --x 0 --format json
# => gradients.x: "Infinity"

# 5. Where the function is not defined, there is no derivative either.
gradcli grad "sqrt(x)" --x -1 --format json
# => gradients.x: "NaN"

# 6. A branch that is not taken contributes nothing.
gradcli grad "sum(where(x > 0, sqrt(x), 0))" --x 4,0,-1 --format json
# => gradients.x: [0.25, 0, 0]
