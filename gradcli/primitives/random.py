"""Random draws: data like any constant, drawn from the run's generator and the same whenever it is run again.

Derivatives pass through the parameters of a distribution (`normal(mu, sigma)` is `mu + sigma*draw`), not
through the draw itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import as_int, as_shape, one_or_several
from gradcli.primitives.arithmetic import add, multiply, subtract
from gradcli.primitives.table import function, plain

FAMILY = "random"
CONSTANT = "the draw is a constant; the same on every evaluation with the same --seed"


def _uniform(machine: Any, shape: tuple[int, ...]) -> Any:
    check_elements(shape)
    return machine.generator.random(shape or None)


def _normal(machine: Any, shape: tuple[int, ...]) -> Any:
    check_elements(shape)
    return machine.generator.standard_normal(shape or None)


def _size(size: Any, *parameters: Any) -> tuple[int, ...]:
    """The shape asked for; without one, that of the parameters broadcast together."""
    if size is not None:
        return as_shape(size, "`size`")
    return np.broadcast_shapes(*map(shape_of, parameters))


@function(
    FAMILY, "uniform draws from [0, 1) of the given shape", derivative="0", convention=CONSTANT,
    example="shape(rand(2, 3))", context=True, aliases=("random",),
)  # fmt: skip
def rand(machine: Any, *sizes: Any, size: Any = None) -> Any:
    """A scalar without sizes."""
    return _uniform(machine, as_shape(one_or_several(sizes, size)))


@function(
    FAMILY, "standard normal draws of the given shape", derivative="0", convention=CONSTANT,
    example="shape(randn(2, 3))", context=True, aliases=("standard_normal",),
)  # fmt: skip
def randn(machine: Any, *sizes: Any, size: Any = None) -> Any:
    """A scalar without sizes."""
    return _normal(machine, as_shape(one_or_several(sizes, size)))


@function(
    FAMILY, "uniform draws from [0, 1) in the shape of x", derivative="0", convention=CONSTANT,
    example="shape(rand_like([1, 2]))", context=True,
)  # fmt: skip
def rand_like(machine: Any, x: Any) -> Any:
    """Draws that do not depend on the values of x."""
    return _uniform(machine, shape_of(x))


@function(
    FAMILY, "standard normal draws in the shape of x", derivative="0", convention=CONSTANT,
    example="shape(randn_like([1, 2]))", context=True,
)  # fmt: skip
def randn_like(machine: Any, x: Any) -> Any:
    """Draws that do not depend on the values of x."""
    return _normal(machine, shape_of(x))


@function(
    FAMILY, "random whole numbers from low to high, without high", derivative="0", convention=CONSTANT,
    example="shape(randint(0, 10, 5))", context=True,
)  # fmt: skip
def randint(machine: Any, low: Any, high: Any = None, size: Any = None) -> Any:
    """NumPy's `randint`; one bound alone is `high`, and torch's `randint(high, (n,))` is understood."""
    if size is None and isinstance(high, (tuple, list)):
        high, size = None, high
    first, last = (0, low) if high is None else (low, high)
    start, stop = as_int(first, "`low`"), as_int(last, "`high`")
    if start >= stop:
        raise EvaluationError(f"`randint`: there is no whole number from {start} to {stop}, without {stop}")
    shape = _size(size)
    check_elements(shape)
    return plain(machine.generator.integers(start, stop, shape or None))


@function(
    FAMILY, "draws from the normal distribution with mean loc and standard deviation scale",
    derivative="1 by loc, the standard draw by scale", convention=CONSTANT, example="shape(normal(0, 1, 5))",
    context=True,
)  # fmt: skip
def normal(machine: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """Reparametrised: `loc + scale*draw`."""
    return add(loc, multiply(scale, _normal(machine, _size(size, loc, scale))))


@function(
    FAMILY, "uniform draws from [low, high)", derivative="1 - t by low, t by high, t the standard draw",
    convention=CONSTANT, example="shape(uniform(-1, 1, 5))", context=True,
)  # fmt: skip
def uniform(machine: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """Reparametrised: `low + (high - low)*draw`."""
    return add(low, multiply(subtract(high, low), _uniform(machine, _size(size, low, high))))
