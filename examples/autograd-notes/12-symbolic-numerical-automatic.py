"""The three ways to a derivative, on l₃ of the logistic map: by hand, by differences, automatically."""

import gradcli

LOGISTIC = """
l = x
for i in range(2):
    l = 4*l*(1 - l)
l
"""
X = 0.2

# By hand, from the expanded polynomial l₃ = 16 x (1 − x) (1 − 2x)².
symbolic = 16 * (1 - X) * (1 - 2 * X) ** 2 - 16 * X * (1 - 2 * X) ** 2 - 64 * X * (1 - X) * (1 - 2 * X)

# By central differences: two evaluations, and only half of the digits.
program = gradcli.compile(LOGISTIC)
h = 1e-6
numerical = (program.value({"x": X + h}) - program.value({"x": X - h})) / (2 * h)

# Automatically: the program itself, loop and all, to the last digit.
automatic = program.grad({"x": X})["x"]

print(f"symbolic  {symbolic:.15f}")
print(f"numerical {numerical:.15f}")
print(f"automatic {automatic:.15f}")
assert abs(automatic - symbolic) < 1e-14
assert 0 < abs(numerical - symbolic) < 1e-7
