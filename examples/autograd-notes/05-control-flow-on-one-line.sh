# The same program with braces, for the command line.
gradcli grad "b = 2*a; while norm(b) < 1000 { b = 2*b }; if sum(b) > 0 { c = b } else { c = 100*b }; c" --a -0.37 --format json
# => gradients.a: 409600
