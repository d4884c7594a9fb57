"""Special points: the cases of tests/cases/special_points, and what gradcli, torch and JAX answer there."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import gradcli
from tests.oracles import RESULT, compiled

FOLDER = Path(__file__).parents[1] / "cases" / "special_points"


class Case(NamedTuple):
    """One point: the gradient of the (summed) program there, and the Hessian times ones.

    `torch` and `jax` are "same", or say what they give and why we differ; `torch_program` and `jax_program`
    spell the program for them where names differ; a `jax_program` of "" means that it cannot be spelled.
    """

    program: str
    inputs: Mapping[str, Any]
    gradient: Mapping[str, Any] | None = None
    second: Mapping[str, Any] | None = None
    torch: str = "same"
    jax: str = "same"
    torch_program: str | None = None
    jax_program: str | None = None


class Answer(NamedTuple):
    """The gradient of a summed program by input name, and the gradient of the sum of that."""

    gradient: Mapping[str, Any]
    second: Mapping[str, Any]


def read(path: Path) -> list[Case]:
    return [Case(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["case"]]


def ours(case: Case) -> Answer:
    """By two reverse passes, the second over the recorded first."""
    recording = gradcli.compile(case.program).record(case.inputs)
    gradient = recording.vjp("ones")
    if np.shape(recording.value):
        recording = gradcli.compile(f"def f():\n  return {case.program}\nsum(f())").record(case.inputs)
    ones = {name: np.ones_like(value) for name, value in case.inputs.items()}
    return Answer(gradient, recording.hessian_vector(ones))


def by_torch(case: Case) -> Answer:
    import torch

    inputs = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in case.inputs.items()
    }
    names = {**torch_names(), **inputs}
    exec(compiled(case.torch_program or case.program), names)
    options = {"allow_unused": True, "materialize_grads": True}
    gradient = torch.autograd.grad(names[RESULT].sum(), tuple(inputs.values()), create_graph=True, **options)
    total = sum(each.sum() for each in gradient)
    if total.requires_grad:
        second = torch.autograd.grad(total, tuple(inputs.values()), **options)
    else:
        second = tuple(map(torch.zeros_like, gradient))
    plain = ([(torch.zeros_like(each) + each).tolist() for each in part] for part in (gradient, second))
    return Answer(*(dict(zip(inputs, part, strict=True)) for part in plain))


def by_jax(case: Case) -> Answer:
    import jax

    code = compiled(case.program if case.jax_program is None else case.jax_program)

    def total(given: Mapping[str, Any]) -> Any:
        names = {**jax_names(), **given}
        exec(code, names)
        return jax.numpy.sum(names[RESULT])

    def summed_gradient(given: Mapping[str, Any]) -> Any:
        gradient = jax.grad(total)(given)
        return sum(jax.numpy.sum(each) for each in gradient.values()), gradient

    inputs = {name: jax.numpy.asarray(value, dtype=float) for name, value in case.inputs.items()}
    second, gradient = jax.grad(summed_gradient, has_aux=True)(inputs)
    return Answer(*({name: each.tolist() for name, each in part.items()} for part in (gradient, second)))


def torch_names() -> dict[str, Any]:
    """torch under NumPy's names and with NumPy's meaning, numbers accepted wherever tensors are."""
    import torch

    def lifted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*operands: Any, **keywords: Any) -> Any:
            tensors = [
                torch.tensor(x, dtype=torch.float64) if type(x) in (int, float) else x for x in operands
            ]
            return function(*tensors, **{RENAMED.get(key, key): value for key, value in keywords.items()})

        return call

    modules = (torch.nn.functional, torch.special, torch, torch.linalg)
    names = {name: value for module in modules for name, value in vars(module).items() if name[0] != "_"}
    binary = (
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "hypot",
        "atan2",
        "xlogy",
        "logaddexp",
        "logaddexp2",
        "fmod",
    )
    meanings = {
        **{name: lifted(names[name]) for name in (*binary, "remainder", "where", "heaviside")},
        **{
            name: lifted(getattr(torch, name))
            for name in ("sum", "mean", "prod", "cumsum", "cumprod", "amax", "amin")
        },
        "max": lifted(torch.amax),
        "min": lifted(torch.amin),
        "norm": lifted(torch.linalg.norm),
        "median": lambda x, axis=None: torch.quantile(x, 0.5, axis),
        "sort": lambda x, axis=-1: torch.sort(x, dim=axis).values,
        "std": lambda x, **axis: lifted(torch.std)(x, correction=0, **axis),
        "var": lambda x, **axis: lifted(torch.var)(x, correction=0, **axis),
        "logsumexp": lambda x, axis=None: torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis),
        "softmax": lambda x, axis=-1: torch.softmax(x, axis),
        "log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
        "gamma": lambda x: torch.exp(torch.lgamma(x)),
        "array": lambda x: torch.stack([torch.as_tensor(each, dtype=torch.float64) for each in x]),
        "inf": float("inf"),
        "nan": float("nan"),
        "pi": torch.pi,
        "F": torch.nn.functional,
        "torch": torch,
    }
    return {**names, **meanings}


RENAMED = {"axis": "dim", "keepdims": "keepdim"}


def jax_names() -> dict[str, Any]:
    """JAX's functions: those of `jax.numpy`, its `linalg`, `jax.nn` and `jax.scipy.special`."""
    import jax
    import jax.scipy.special

    modules: tuple[Any, ...] = (jax.scipy.special, jax.nn, jax.numpy.linalg, jax.numpy)
    names = {name: value for module in modules for name, value in vars(module).items() if name[0] != "_"}
    return {**names, "jax": jax, "np": SimpleNamespace(**vars(jax.numpy))}


def agrees(got: Mapping[str, Any], expected: Mapping[str, Any], tolerance: float = 1e-10) -> bool:
    """Whether all entries are equal to ten digits; NaN equals NaN."""
    return all(
        np.shape(got[name]) == np.shape(value)
        and np.allclose(got[name], value, rtol=tolerance, atol=tolerance, equal_nan=True)
        for name, value in expected.items()
    )
