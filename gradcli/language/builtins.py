"""Python's own functions as far as programs need them, and lists that become arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, is_float, shape_of, value_of
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements, float_beyond_exact
from gradcli.primitives.arguments import as_flag, as_int, describe
from gradcli.primitives.arithmetic import floor_divide, remainder
from gradcli.primitives.comparison import not_equal
from gradcli.primitives.control import detach
from gradcli.primitives.indexing import getitem, read
from gradcli.primitives.joining import gathered, stack
from gradcli.primitives.layout import reshaped
from gradcli.primitives.table import function

FAMILY = "language"
_MAX_AXES = 64  # NumPy's own limit
_NUMBERS = frozenset([float, int, bool])


def make_array(*items: Any, values: Sequence[Any] | None = None) -> Any:
    """The value of a list: an array when it holds numbers or arrays of one shape, else a list of values."""
    items = items if values is None else tuple(values)
    if not items:
        return np.zeros(0)
    kinds = {type(item) for item in items}
    if kinds <= _NUMBERS:
        return np.array(items, dtype=np.bool_ if kinds == {bool} else np.float64)
    if not all(is_numeric(item) for item in items) or len({shape_of(item) for item in items}) > 1:
        return list(items)
    if len(shape_of(items[0])) >= _MAX_AXES:
        raise EvaluationError(f"an array has at most {_MAX_AXES} axes")
    return stack(*items)


def is_numeric(value: Any) -> bool:
    """Whether a value is a number, an array, or a node of one."""
    return isinstance(value, (float, int, np.ndarray, Node))


def iterate(value: Any) -> Sequence[Any]:
    """The elements of what a loop runs over; rows of an array that depends on the inputs are reads of it."""
    count = _count(value)
    if isinstance(value, (list, tuple, range)):
        return value
    if isinstance(value, Node):
        return [getitem(value, index=i) for i in range(count)]
    return value.tolist() if value.ndim == 1 else list(value)


def turns(*sequences: Any) -> range:
    """The numbers of the rounds of a loop over several sequences: as many as the shortest has elements."""
    return range(min(map(_count, sequences)))


def _count(value: Any) -> int:
    """How many elements a loop over a value runs through."""
    shape = shape_of(value)
    if shape:
        return shape[0]
    if isinstance(value, (list, tuple, range)):
        return len(value)
    hint = "write `range(n)` to count" if is_numeric(value) else None
    raise EvaluationError(f"cannot loop over {describe(value)}", help=hint)


def elements(value: Any) -> Sequence[Any]:
    """The elements of what is to become a list, of which there must not be more than an array may have."""
    found = iterate(value)
    check_elements((len(found),))
    return found


@function(FAMILY, "the whole numbers from start to stop, without stop", name="range", example="sum(range(4))")
def range_(*bounds: Any) -> range:
    """Python's `range` with one to three bounds."""
    if not 1 <= len(bounds) <= 3:
        raise EvaluationError(f"`range` takes 1 to 3 arguments, {len(bounds)} given")
    whole = [as_int(bound, "a bound of `range`") for bound in bounds]
    if len(whole) == 3 and whole[2] == 0:
        raise EvaluationError("the step of `range` must not be zero")
    return range(*whole)


@function(
    FAMILY,
    "pairs of position and element",
    name="enumerate",
    example="sum(i*v for i, v in enumerate([5, 7]))",
)
def enumerate_(x: Any, start: Any = 0) -> list[Any]:
    """Python's `enumerate`."""
    return list(enumerate(elements(x), as_int(start, "`start`")))


@function(
    FAMILY, "tuples of elements side by side", name="zip", example="sum(a*b for a, b in zip([1, 2], [3, 4]))"
)
def zip_(*sequences: Any, strict: Any = False) -> list[Any]:
    """Python's `zip`: as long as the shortest; if it is strict, they must be equally long."""
    found = [elements(each) for each in sequences]
    if as_flag(strict) and len(set(map(len, found))) > 1:
        lengths = ", ".join(str(len(each)) for each in found)
        raise EvaluationError(f"`zip` is strict: its sequences have {lengths} elements")
    return list(zip(*found, strict=False))


@function(FAMILY, "the elements in reverse order", name="reversed", example="[v for v in reversed([1, 2])]")
def reversed_(x: Any) -> Any:
    """Python's `reversed`; of an array it is one, and of a range."""
    return read(x, slice(None, None, -1)) if shape_of(x) else elements(x)[::-1]


@function(
    FAMILY,
    "the elements as a list of values, which need not have one shape",
    name="list",
    example="list([1, 2])",
)
def list_(x: Any = ()) -> Any:
    """Python's `list`; an array is one already."""
    return x if shape_of(x) else list(elements(x))


@function(FAMILY, "the elements as a tuple", name="tuple", example="tuple([1, 2])")
def tuple_(x: Any = ()) -> tuple[Any, ...]:
    """Python's `tuple`."""
    return tuple(elements(x))


@function(
    FAMILY, "x as it is: every number is float64 already", name="float", derivative="1", example="float(3)",
    aliases=("float64", "double", "clone", "contiguous", "numpy", "tolist", "cpu", "copy"),
)  # fmt: skip
def float_(x: Any) -> Any:
    """x, for text that converts."""
    return float(x) if isinstance(x, int) else x


@function(
    FAMILY, "the one entry of x as a number, or the entry at an index", derivative="1 for that entry",
    example="item([5, 7], 1)",
)  # fmt: skip
def item(x: Any, *index: Any) -> Any:
    """NumPy's and torch's method: a single index counts through the entries in their order."""
    shape = shape_of(x)
    if not index and math.prod(shape) != 1:
        raise EvaluationError(f"`item` needs an array of one entry, not {describe(x)}", help="give an index")
    if not shape:
        return float_(x)
    place = tuple(as_int(each) for each in index) or (0,)
    return read(x if len(place) > 1 else reshaped(gathered(x), (-1,)), place)


@function(
    FAMILY, "x as an input of the derivative, or as a constant when the flag is False", derivative="1",
    convention="a constant becomes an input of its own, by which programs are differentiated as by others",
    example="requires_grad_(3)", context=True,
)  # fmt: skip
def requires_grad_(machine: Any, x: Any, requires_grad: Any = True) -> Any:
    """torch's method; as a statement of its own it changes x, as it does there."""
    if not as_flag(requires_grad):
        return detach(x)
    is_input = isinstance(x, Node) and (x.active or (x.primitive is None and x.static))
    value = float_(value_of(x))
    return x if is_input or not is_float(value) else machine.graph.leaf(value, active=True)


@function(
    FAMILY, "x cut to a whole number, for counts and indices", name="int",
    convention="an integer is a count: no derivative passes", example="int(2.7)",
)  # fmt: skip
def int_(x: Any) -> Any:
    """Python's `int`: towards zero. A node leaves a guard."""
    value = x.value if isinstance(x, Node) else x
    if shape_of(value) or not is_numeric(value) or value != value or value in (np.inf, -np.inf):
        raise EvaluationError(f"`int` needs a finite number, not {describe(value)}")
    if isinstance(x, Node):
        x.graph.guard(x, "count", int(value))
    return float_beyond_exact(int(value))


@function(
    FAMILY, "whether x is not 0", name="bool", convention="a step: no derivative passes", example="bool(2)",
)  # fmt: skip
def bool_(x: Any) -> Any:
    """Python's `bool`, entry by entry."""
    return not_equal(x, 0.0)


@function(
    FAMILY, "the quotient rounded down, and the remainder", derivative="that of `x//y` and `x % y`",
    example="divmod(7, 2)[1]",
)  # fmt: skip
def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """Python's `divmod`."""
    return floor_divide(x, y), remainder(x, y)


@function(
    FAMILY, "apply functions one after another: `sequential(f, g)(x)` is `g(f(x))`", context=True,
    example="sequential(sin, exp)(0)",
)  # fmt: skip
def sequential(machine: Any, *functions: Any) -> Any:
    """A function that applies the given ones in order, as torch's `Sequential` does."""
    if len(functions) == 1 and isinstance(functions[0], (list, tuple)):
        functions = tuple(functions[0])

    def apply(x: Any) -> Any:
        for each in functions:
            x = machine.invoke(each, (x,), {})
        return x

    return apply
