# Three outputs of one input: forward mode needs one pass, reverse mode three. Both give the same.
gradcli jacobian "[t, t**2, t**3]" --t 2 --mode forward --format json
# => jacobian.t: [1, 4, 12]
gradcli jacobian "[t, t**2, t**3]" --t 2 --mode reverse --format json
# => jacobian.t: [1, 4, 12]

# One output of three inputs: here reverse mode needs one pass.
gradcli jacobian "prod(x)" --x 2,3,5 --mode reverse --format json
# => jacobian.x: [15, 10, 6]
gradcli jacobian "prod(x)" --x 2,3,5 --mode forward --format json
# => jacobian.x: [15, 10, 6]
