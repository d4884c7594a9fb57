"""The three ways to a derivative side by side, on l₃ of the logistic map: formula, differences, automatic."""

import gradcli

LOGISTIC = """
l = x
for i in range(2):
    l = 4*l*(1 - l)
l
"""
X = 0.2
program = gradcli.compile(LOGISTIC)

# By hand, from the expanded polynomial l₃ = 16 x (1 − x) (1 − 2x)².
by_hand = 16 * (1 - X) * (1 - 2 * X) ** 2 - 16 * X * (1 - 2 * X) ** 2 - 64 * X * (1 - X) * (1 - 2 * X)

# As a formula: the loop unrolls and the formula grows with it; it is a program again.
formula = program.diff()["x"]
symbolic = gradcli.compile(formula).value({"x": X})

# By central differences: two evaluations, and only half of the digits.
h = 1e-6
numerical = (program.value({"x": X + h}) - program.value({"x": X - h})) / (2 * h)

# Automatically: the program itself, loop and all, to the last digit.
automatic = program.grad({"x": X})["x"]

print(f"by hand   {by_hand:.15f}")
print(f"symbolic  {symbolic:.15f}  {formula}")
print(f"numerical {numerical:.15f}")
print(f"automatic {automatic:.15f}")
assert abs(symbolic - by_hand) < 1e-14
assert abs(automatic - by_hand) < 1e-14
assert 0 < abs(numerical - by_hand) < 1e-7

# A check puts them side by side: it says to how many digits each other way agrees.
check = program.check({"x": X}, claim={"x": formula})
assert check.verdict.name == "PASS"
agreement = {evidence.source: evidence.digits for evidence in check.evidence}
print(agreement)
assert agreement["the complex step"] > 14
assert 7 < agreement["differences"] < 12
