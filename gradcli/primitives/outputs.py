"""Primitives with several outputs: their value is a tuple, and `output` picks from it."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.primitive import Linear
from gradcli.primitives.table import primitive
from gradcli.records import NamedTuple


class Component(NamedTuple):
    """A cotangent of one output of a primitive with several; the others are zero."""

    position: int
    value: Any


output = primitive("output", lambda x, index: x[index], Linear((lambda g, x, index: Component(index, g),)))
output.of_tuples = output.evaluate


def outputs(result: Any, count: int) -> tuple[Any, ...]:
    """The outputs of a call of a primitive with several, each as an operand of its own."""
    return tuple(output(result, index=i) for i in range(count)) if not isinstance(result, tuple) else result
