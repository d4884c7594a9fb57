"""A random draw is not a function of the inputs; what is made from it has derivatives by its parameters."""

import math

import gradcli

gradient = gradcli.compile("sum(mu + sigma*randn(3))").record({"mu": 5.0, "sigma": 2.0}, seed=1).grad()
draws = gradcli.compile("randn(3)").value({}, seed=1)

assert gradient["mu"] == 3
assert math.isclose(gradient["sigma"], sum(draws))
print(f"d/dmu = {gradient['mu']:g}, d/dsigma = {gradient['sigma']:.6f}, the draws {draws}")
