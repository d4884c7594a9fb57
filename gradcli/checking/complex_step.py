"""The complex step: J u = Im f(x + ihu) / h, free of cancellation for any tiny h.

(Squire & Trapp, "Using complex variables to estimate derivatives of real functions", 1998.) It needs every
operation on the path to be analytic, or to choose among its operands by their real parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, value_of
from gradcli.autodiff.primitive import Linear, Multilinear
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.subject import Vector

STEP = 1e-150  # its square vanishes beside 1, and results down to 1e-158 keep all their digits
MAX_NODES = 100_000


def _special(name: str) -> Callable[[Any], Any]:
    """A function of `scipy.special` that takes complex numbers; left of 0 some lie on another branch."""

    def evaluate(x: Any) -> Any:
        from scipy import special

        value = getattr(special, name)(x)
        return value if name.startswith("erf") else np.where(np.real(x) > 0, value, np.nan)

    return evaluate


def _softplus(x: Any) -> Any:
    return np.where(np.real(x) > 0, x, 0.0) + np.log1p(np.exp(np.where(np.real(x) > 0, -x, x)))


def _cube_root(x: Any) -> Any:
    side = np.where(np.real(x) < 0, -1.0, 1.0)
    return side * np.exp(np.log(side * x) / 3.0)


def _log_sum(x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    largest = np.max(np.real(x), axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis)


def _softmax(x: Any, *, axis: tuple[int, ...]) -> Any:
    powers = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _greater(x: Any, y: Any) -> Any:
    return np.where(np.real(x) >= np.real(y), x, y)


def _lesser(x: Any, y: Any) -> Any:
    return np.where(np.real(x) <= np.real(y), x, y)


# Evaluation on complex numbers, by primitive. Linear and multilinear ones need no entry.
COMPLEX: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negative": np.negative,
    "positive": np.positive,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "power": lambda x, y: _power(x, y),
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "cbrt": _cube_root,
    "hypot": lambda x, y: np.sqrt(x * x + y * y),
    "sinc": lambda x: np.where(x == 0, 1.0, np.sin(np.pi * x) / (np.pi * np.where(x == 0, 1.0, x))),
    "erf": _special("erf"),
    "erfc": _special("erfc"),
    "gamma": _special("gamma"),
    "lgamma": _special("loggamma"),
    "digamma": _special("psi"),
    "log1pexp": _softplus,
    "logsigmoid": lambda x: -_softplus(-x),
    "logaddexp": lambda x, y: y + _softplus(x - y),
    "logsumexp": _log_sum,
    "softmax": _softmax,
    "log_softmax": lambda x, axis: x - _log_sum(x, axis=axis, keepdims=True),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "abs": lambda x: np.where(np.real(x) < 0, -x, x),
    "relu": lambda x: np.where(np.real(x) > 0, x, 0.0),
    "where": lambda condition, x, y: np.where(np.real(condition) != 0, x, y),
    "maximum": _greater,
    "minimum": _lesser,
    "clip": lambda x, low, high: _lesser(_greater(x, low), high),
    "max": lambda x, axis, keepdims, **_: np.max(x, axis=axis, keepdims=keepdims),  # by real parts
    "min": lambda x, axis, keepdims, **_: np.min(x, axis=axis, keepdims=keepdims),
    "norm": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
    "prod": lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims),
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "solve": np.linalg.solve,
}


def _power(x: Any, y: Any) -> Any:
    """Whole powers by multiplication, which is right for negative x too."""
    if np.iscomplexobj(y):
        return np.exp(y * np.log(x))
    whole = np.equal(y, np.trunc(y))
    rounded = np.where(whole, y, 1.0)
    real = np.power(np.real(x), rounded)
    slope = np.where(rounded == 0, 0.0, rounded * np.power(np.real(x), rounded - 1.0))
    return np.where(whole, real + 1j * slope * np.imag(x), np.exp(y * np.log(x)))


def complex_step(subject: ProgramSubject, u: Vector) -> Vector | None:
    """J u, or None where some operation on the path has no complex form."""
    if len(subject.graph.nodes) > MAX_NODES:
        return None
    moving: dict[int, Any] = {}
    for node, part in zip(subject.leaves, subject.inputs, strict=True):
        moving[node.index] = node.value + 1j * STEP * u[part.start : part.stop].reshape(part.shape)
    for node in subject.graph.nodes:
        given = [each for each in node.operands if isinstance(each, Node) and each.index in moving]
        if given and node.active and node.index not in moving:
            value = _evaluate(node, moving)
            if value is None:
                return None
            moving[node.index] = value
    ends = (moving.get(getattr(node, "index", -1), 0.0) for _, node in subject.results)
    shapes = (part.shape for part in subject.outputs)
    parts = [np.broadcast_to(np.imag(end), shape).ravel() for end, shape in zip(ends, shapes, strict=True)]
    return np.asarray(np.concatenate(parts) / STEP)


def _evaluate(node: Node, moving: dict[int, Any]) -> Any:
    primitive: Any = node.primitive
    values = [
        moving[each.index] if isinstance(each, Node) and each.index in moving else value_of(each)
        for each in node.operands
    ]
    if type(primitive.derivative) in (Linear, Multilinear):
        return _linear(node, values)
    rule = COMPLEX.get(primitive.name)
    if rule is None:
        return None
    try:
        return rule(*values, **node.static)
    except (TypeError, ValueError, np.linalg.LinAlgError):
        return None


def _linear(node: Node, values: list[Any]) -> Any:
    """Real and imaginary parts apart; products of two imaginary parts are far below rounding."""
    primitive: Any = node.primitive
    real = [np.real(x) if np.iscomplexobj(x) else x for x in values]
    real = [x.item() if isinstance(x, np.generic) else x for x in real]
    if type(primitive.derivative) is Linear:
        imaginary = [np.imag(x) if np.iscomplexobj(x) else np.zeros(np.shape(x))[()] for x in values]
        return node.value + 1j * primitive.evaluate(*map(_plain, imaginary), **node.static)
    total = 0.0
    for position, x in enumerate(values):
        if np.iscomplexobj(x):
            moved = [*real[:position], _plain(np.imag(x)), *real[position + 1 :]]
            total = total + primitive.evaluate(*moved, **node.static)
    return node.value + 1j * total


def _plain(x: Any) -> Any:
    return x if np.ndim(x) else float(x)
