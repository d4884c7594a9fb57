# The third derivative of x⁴ is 24 x, as a formula.
gradcli diff "x**4" --order 3 --format json
# => derivatives.x: "24*x"

# The fourth is a number, and the fifth vanishes.
gradcli diff "x**4" --order 4 --format json
# => derivatives.x: "24"
gradcli diff "x**4" --order 5 --format json
# => derivatives.x: "0"
