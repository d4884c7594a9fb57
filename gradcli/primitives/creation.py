"""Creation: arrays from shapes and numbers, and differentiable in these numbers where that makes sense."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of, value_of
from gradcli.autodiff.primitive import Linear, Operand
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import Shape, as_flag, as_int, as_shape, describe, one_or_several
from gradcli.primitives.arithmetic import add, divide, floor_divide, multiply, negative, subtract
from gradcli.primitives.elementary import power
from gradcli.primitives.indexing import as_index
from gradcli.primitives.joining import gathered
from gradcli.primitives.rows import aligned
from gradcli.primitives.shape import broadcast_to, sum_axes, sum_to
from gradcli.primitives.table import function, primitive

FAMILY = "creation"
CONSTANT = "a constant: no derivative passes"


def _filled(value: float, shape: Shape) -> Any:
    check_elements(shape)
    return np.full(shape, value, dtype=np.float64) if shape else value


@function(FAMILY, "an array of zeros", convention=CONSTANT, example="zeros(2, 3)", aliases=("empty",))
def zeros(*sizes: Any, shape: Any = None) -> Any:
    """Zeros in a shape, given as one tuple or as several lengths."""
    return _filled(0.0, as_shape(one_or_several(sizes, shape)))


@function(FAMILY, "an array of ones", convention=CONSTANT, example="ones(2, 3)")
def ones(*sizes: Any, shape: Any = None) -> Any:
    """Ones in a shape, given as one tuple or as several lengths."""
    return _filled(1.0, as_shape(one_or_several(sizes, shape)))


@function(
    FAMILY,
    "an array filled with a value",
    derivative="by the value: 1 for each entry",
    example="full((2, 3), 7)",
)
def full(shape: Any, fill_value: Operand) -> Operand:
    """A shape filled with a value, which may itself be an array that broadcasts."""
    return broadcast_to(gathered(fill_value), shape=as_shape(shape))


@function(
    FAMILY,
    "zeros in the shape of x",
    convention=CONSTANT,
    example="zeros_like([1, 2])",
    aliases=("empty_like",),
)
def zeros_like(x: Operand) -> Any:
    """Zeros in the shape of x."""
    return _filled(0.0, shape_of(gathered(x)))


@function(FAMILY, "ones in the shape of x", convention=CONSTANT, example="ones_like([1, 2])")
def ones_like(x: Operand) -> Any:
    """Ones in the shape of x."""
    return _filled(1.0, shape_of(gathered(x)))


@function(
    FAMILY, "an array in the shape of x filled with a value", derivative="by the value: 1 for each entry",
    example="full_like([1, 2], 7)",
)  # fmt: skip
def full_like(x: Operand, fill_value: Operand) -> Operand:
    """A value in the shape of x."""
    return broadcast_to(gathered(fill_value), shape=shape_of(gathered(x)))


@function(
    FAMILY, "the n×m matrix with ones on its k-th diagonal", convention=CONSTANT, aliases=("identity",),
    example="eye(2)",
)  # fmt: skip
def eye(n: Any, m: Any = None, k: Any = 0) -> Any:
    """The identity matrix, or one like it that need not be square."""
    rows, columns = as_shape((n, n if m is None else m))
    check_elements((rows, columns))
    return np.eye(rows, columns, k=as_int(k, "`k`"))


@function(
    FAMILY, "x as an array", name="array", derivative="1", aliases=("asarray", "tensor", "as_tensor"),
    example="array([1, 2])",
)  # fmt: skip
def array(x: Operand) -> Operand:
    """x itself: every list of numbers is an array already."""
    return gathered(x)


# Sequences of numbers ---------------------------------------------------------------------------------------


@function(
    FAMILY, "the numbers start, start + step, ... below stop", derivative="by start 1, by step the position",
    convention="how many there are is a count: no derivative passes through stop",
    example="arange(0, 1, 0.25)",
)  # fmt: skip
def arange(start: Operand, stop: Operand = None, step: Operand = 1) -> Operand:
    """Evenly spaced numbers from start (0 when only one number is given), without stop."""
    if stop is None:
        start, stop = 0, start
    if value_of(step) == 0:
        raise EvaluationError("the step of `arange` must not be zero")
    count = _arange_length(start, stop, step)
    check_elements((count,))
    if isinstance(start, Node) or isinstance(step, Node):
        return add(start, multiply(step, np.arange(count, dtype=np.float64)))
    first, by = float(start), float(step)
    return np.arange(count) * ((first + by) - first) + first  # NumPy's formula, to the last bit


def _arange_length(start: Operand, stop: Operand, step: Operand) -> int:
    values = [value_of(each) for each in (start, stop, step)]
    if any(shape_of(each) or not math.isfinite(each) for each in values):
        raise EvaluationError(f"`arange` needs finite scalars, not {', '.join(map(describe, values))}")
    steps = divide(subtract(start, stop), step)
    return max(0, as_int(negative(floor_divide(steps, 1.0))))  # rounded up


def _linspace(start: Any, stop: Any, *, num: int, endpoint: bool) -> Any:
    check_elements((num, *np.broadcast_shapes(shape_of(start), shape_of(stop))))
    return np.linspace(start, stop, num, endpoint=endpoint, dtype=np.float64)


def _weights(num: int, endpoint: bool, rank: int) -> Any:
    """The share of stop in each number, shaped to multiply a cotangent of this rank."""
    return np.linspace(0.0, 1.0, num, endpoint=endpoint).reshape(num, *(1,) * (rank - 1))


def _pull_start(g: Operand, start: Operand, stop: Operand, *, num: int, endpoint: bool) -> Operand:
    parts = multiply(g, 1.0 - _weights(num, endpoint, len(shape_of(g))))
    return sum_to(sum_axes(parts, axis=(0,), keepdims=False), shape_of(start))


def _pull_stop(g: Operand, start: Operand, stop: Operand, *, num: int, endpoint: bool) -> Operand:
    parts = multiply(g, _weights(num, endpoint, len(shape_of(g))))
    return sum_to(sum_axes(parts, axis=(0,), keepdims=False), shape_of(stop))


def _linspace_rows(mapped: tuple[bool, ...], start: Any, stop: Any, *, num: int, endpoint: bool) -> Any:
    start, stop = aligned(mapped, (start, stop))
    return np.moveaxis(np.linspace(start, stop, num, endpoint=endpoint), 0, 1)


evenly_spaced = primitive("linspace", _linspace, Linear((_pull_start, _pull_stop)), batch=_linspace_rows)


@function(
    FAMILY, "num evenly spaced numbers from start to stop",
    derivative="by start 1-t, by stop t, for t from 0 to 1",
    example="linspace(0, 1, 5)",
)  # fmt: skip
def linspace(start: Operand, stop: Operand, num: Any = 50, endpoint: Any = True) -> Operand:
    """NumPy's linspace; start and stop may be arrays, which gives one row for each number."""
    count = as_int(num, "`num`")
    if count < 0:
        raise EvaluationError(f"`linspace` cannot make {count} numbers")
    return evenly_spaced(gathered(start), gathered(stop), num=count, endpoint=as_flag(endpoint))


@function(
    FAMILY, "num numbers from base**start to base**stop, evenly spaced on a logarithmic scale",
    derivative="that of base**linspace(start, stop, num)", example="logspace(0, 2, 3)",
)  # fmt: skip
def logspace(
    start: Operand, stop: Operand, num: Any = 50, endpoint: Any = True, base: Operand = 10.0
) -> Operand:
    """Powers of the base with evenly spaced exponents."""
    return power(base, linspace(start, stop, num, endpoint))


@function(
    FAMILY, "num numbers from start to stop, each the same multiple of the one before",
    derivative="that of start*(stop/start)**linspace(0, 1, num)", domain="start, stop > 0",
    example="geomspace(1, 8, 4)",
)  # fmt: skip
def geomspace(start: Operand, stop: Operand, num: Any = 50, endpoint: Any = True) -> Operand:
    """NumPy's, of positive numbers."""
    start = gathered(start)
    return multiply(start, power(divide(gathered(stop), start), linspace(0.0, 1.0, num, endpoint)))


@function(
    FAMILY, "torch's linspace: its parameters are called start, end and steps", name="torch.linspace",
    derivative="by start 1-t, by end t, for t from 0 to 1", example="torch.linspace(0, 1, steps=5)",
)  # fmt: skip
def torch_linspace(start: Operand, end: Operand, steps: Any) -> Operand:
    """linspace under torch's names."""
    return linspace(start, end, steps)


@function(
    FAMILY, "torch's logspace: its parameters are called start, end, steps and base", name="torch.logspace",
    derivative="that of base**linspace(start, end, steps)", example="torch.logspace(0, 2, steps=3)",
)  # fmt: skip
def torch_logspace(start: Operand, end: Operand, steps: Any, base: Operand = 10.0) -> Operand:
    """logspace under torch's names."""
    return logspace(start, end, steps, base=base)


@function(
    FAMILY, "for each class in x a row with 1 at its place and 0 elsewhere", convention=CONSTANT,
    example="one_hot([0, 2], 3)",
)  # fmt: skip
def one_hot(x: Any, num_classes: Any = -1) -> Any:
    """torch's and JAX's one_hot; without a count of classes, there are as many as the largest asks for."""
    labels = np.asarray(as_index(gathered(x)))
    count = as_int(num_classes, "`num_classes`")
    count = int(labels.max(initial=-1)) + 1 if count == -1 else count
    beyond = labels[(labels < 0) | (labels >= count)]
    if beyond.size:
        raise EvaluationError(f"`one_hot`: the class {beyond[0]} lies outside of 0 to {count - 1}")
    check_elements((*labels.shape, count))
    return np.equal(labels[..., None], np.arange(count)).astype(np.float64)
