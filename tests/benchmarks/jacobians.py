"""Jacobians and Hessians beside torch and JAX, and the memory that a sparse one takes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np

import gradcli
from gradcli.memory import keep_freed_memory
from tests.benchmarks.harness import Result, medians, peer, slowdown

ROSENBROCK = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"
BROYDEN = "(3 - 2*x)*x - concatenate([[0], x[:-1]]) - 2*concatenate([x[1:], [0]]) + 1"
RNG = np.random.default_rng(0)


def tanh_of_product(n: int, torch: Any, jax: Any) -> list[Result]:
    a, x = RNG.normal(size=(n, n)) / n**0.5, RNG.normal(size=n)
    program = gradcli.compile("tanh(A @ x)")
    functions = {"": lambda: program.jacobian({"A": a, "x": x}, wrt=["x"])}
    if torch:
        matrix, point = torch.tensor(a), torch.tensor(x)
        functions["torch.func"] = lambda: torch.func.jacrev(lambda x: torch.tanh(matrix @ x))(point)
    if jax:
        compiled = jax.jit(jax.jacrev(lambda x: jax.numpy.tanh(a @ x)))
        functions["jax jit"] = lambda: compiled(x).block_until_ready()
    return rows(f"Jacobian of tanh(A @ x), n = {n:,}", functions, {"torch.func": 0.3})


def hessian_of_rosenbrock(n: int, torch: Any, jax: Any) -> list[Result]:
    x = RNG.normal(size=n)
    program = gradcli.compile(ROSENBROCK)
    functions = {"": lambda: program.hessian({"x": x})}

    def rosenbrock(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    if torch:
        point = torch.tensor(x)
        functions["torch.func"] = lambda: torch.func.hessian(rosenbrock)(point)
    if jax:
        compiled = jax.jit(jax.hessian(rosenbrock))
        functions["jax jit"] = lambda: compiled(x).block_until_ready()
    return rows(f"Hessian of chained Rosenbrock, n = {n:,}", functions, {"torch.func": 0.2})


def jacobian_of_broyden(n: int, torch: Any) -> list[Result]:
    x = RNG.normal(size=n)
    program = gradcli.compile(BROYDEN)
    functions = {"": lambda: program.jacobian({"x": x}, sparse=True)}
    if torch:
        zero, point = torch.zeros(1, dtype=torch.float64), torch.tensor(x)

        def broyden(x: Any) -> Any:
            return (3 - 2 * x) * x - torch.cat([zero, x[:-1]]) - 2 * torch.cat([x[1:], zero]) + 1

        functions["torch.func"] = lambda: torch.func.jacrev(broyden)(point)
    return rows(f"Jacobian of Broyden tridiagonal, n = {n:,}, sparse", functions, {"torch.func": 0.05})


def memory_of_broyden(n: int) -> list[Result]:
    """The peak of the memory taken beside what the entries take."""
    x = RNG.normal(size=n)
    program = gradcli.compile(BROYDEN)
    tracemalloc.start()
    found = program.jacobian({"x": x}, sparse=True)["x"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    entries = found.rows.nbytes + found.columns.nbytes + found.values.nbytes
    return [slowdown(f"the same, n = {n:,}: memory", peak, "its entries", entries, at_most=10, unit="B")]


def rows(what: str, functions: dict[str, Any], limits: dict[str, float]) -> list[Result]:
    own, *others = medians(*functions.values())
    names = list(functions)[1:]
    return [
        slowdown(what, own, name, other, at_most=limits.get(name))
        for name, other in zip(names, others, strict=True)
    ]


def measure() -> list[Result]:
    keep_freed_memory()  # as the command line does
    torch, jax = peer("torch"), peer("jax")
    if torch:
        torch.set_num_threads(1)
    return [
        *tanh_of_product(500, torch, jax),
        *hessian_of_rosenbrock(200, torch, jax),
        *jacobian_of_broyden(2000, torch),
        *memory_of_broyden(10**5),
    ]
