"""Primitives: the operations the engine knows, each one record with its value and its derivative.

A derivative rule is an expression over primitives, never over NumPy. The same rule therefore works on
plain values (a fast reverse pass) and on graph nodes (a reverse pass that is itself recorded, so that it
can be differentiated again, simplified or printed).

`Operand` below means: a plain value (float, int, bool, array) or a node that stands for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from gradcli.records import NamedTuple

Operand: TypeAlias = Any
Static: TypeAlias = Mapping[str, Any]
Partial: TypeAlias = "Callable[..., Operand] | float | None"

_NUMBERS = frozenset({float, int, bool, np.ndarray})


class Traced:
    """Base of operands that stand for a value: calling a primitive on one records the call in its graph."""

    __slots__ = ("owner",)
    owner: Callable[[], Any]  # weak: a graph holds its nodes, and goes when nobody holds the graph

    @property
    def graph(self) -> Any:
        """The graph that records."""
        return self.owner()


class Elementwise(NamedTuple):
    """The derivative of an elementwise primitive: one partial per operand.

    A partial is `rule(out, *operands, **static)`, or a constant, or None where there is no derivative.
    Only the partials of active operands are ever evaluated. A partial that is boolean *selects*: where it
    is false nothing passes, be the cotangent infinite.
    """

    partials: tuple[Partial, ...]


class Linear(NamedTuple):
    """The derivative of a primitive that is linear in all its operands together (`sum`, `reshape`, `stack`).

    `transposes[i]` is `rule(cotangent, *operands, **static)`; of the operands it may use the shapes only.
    A single callable in place of the tuple gives the cotangents of all operands at once, so that a list of n
    numbers is pulled back in O(n).
    """

    transposes: tuple[Callable[..., Operand] | None, ...] | Callable[..., Operand]


class Multilinear(NamedTuple):
    """The derivative of a primitive that is linear in each operand while the others rest (`matmul`).

    It is `symmetric` when its two operands may change places: of the same one twice (`dot(x, x)`), either
    cotangent is half of the sum.
    """

    transposes: tuple[Callable[..., Operand] | None, ...] | Callable[..., Operand]
    symmetric: bool = False


class General(NamedTuple):
    """The derivative of any other primitive, both directions stated.

    `vjps[i]` is `rule(cotangent, out, *operands, **static)`; `jvp` is `rule(tangents, out, *operands,
    **static)`, where `tangents` has None for operands that do not move. For a primitive with several outputs,
    cotangent, out and the tangent returned are tuples. A single callable in place of `vjps` serves every
    position and is `rule(position, cotangent, *operands, **static)`, as for the linear ones.
    """

    jvp: Callable[..., Operand]
    vjps: tuple[Callable[..., Operand] | None, ...] | Callable[..., Operand]


class Joint(NamedTuple):
    """The derivative of a primitive whose operands are best served together, such as a whole loop.

    `vjp` is `rule(wanted, cotangents, **static)` and gives the cotangents of all operands; `jvp` is
    `rule(tangents, **static)` and gives the tangents of all outputs. Cotangents, tangents and results are
    plain values, None where there is none. `recorded(wanted, cotangents, node)` gives the cotangents as
    nodes, to be differentiated again; None: they cannot be.
    """

    jvp: Callable[..., Any]
    vjp: Callable[..., Any]
    recorded: Callable[..., Any] | None = None


Derivative: TypeAlias = Elementwise | Linear | Multilinear | General | Joint


class Primitive:
    """One operation: its name, its evaluation on plain values, its derivative, and what its value decides.

    - `evaluate(*values, **static)` gives the value; scalars are Python numbers, never NumPy's.
    - `scalar`, an attribute of some evaluations, gives the same for Python floats, faster; where it raises
      ArithmeticError or ValueError, `evaluate` has the answer.
    - `derivative` is one of the five records above; None where the derivative is zero or there is none
      (comparisons, `floor`), in which case no cotangent passes.
    - `choice(*values, **static)` gives the discrete decisions taken inside (the side of a kink, a sort order)
      as an array of integers: two points with the same choices lie on one smooth piece.
    - `batch(mapped, *values, **static)` evaluates with a leading axis on the operands whose `mapped` is true;
      where it is None, those that `broadcasts` are evaluated as they are, and all others in a loop.
    - `broadcasts`: operands with further axes in front give a value with these axes, as elementwise ones do.
    - `of_tuples(*operands, **static)` is what it means for tuples, as `+` joins them.
    - `form` says how it can be evaluated block by block on large arrays: `entrywise` (an entry of the value
      depends on one entry of each operand, broadcast), `total` (a sum over axes), `spread` (to a larger
      shape), `reshape`; empty for all others.
    - `into(*values, out=array)` gives the same for float64 arrays and floats, written into an array that is
      at hand; None where there is no such way. It may be an attribute of the evaluation.
    """

    __slots__ = (
        "batch",
        "broadcasts",
        "choice",
        "derivative",
        "evaluate",
        "form",
        "into",
        "name",
        "of_tuples",
        "partials",
        "scalar",
    )

    def __init__(
        self,
        name: str,
        evaluate: Callable[..., Any],
        derivative: Derivative | None,
        *,
        broadcasts: bool = False,
        choice: Callable[..., Any] | None = None,
        batch: Callable[..., Any] | None = None,
        form: str = "",
        into: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.evaluate = evaluate
        self.derivative = derivative
        self.choice = choice
        self.batch = batch
        self.partials = derivative.partials if isinstance(derivative, Elementwise) else None
        self.scalar: Callable[..., Any] | None = getattr(evaluate, "scalar", None)
        self.into: Callable[..., Any] | None = into or getattr(evaluate, "into", None)
        self.broadcasts = broadcasts or self.partials is not None or hasattr(batch, "stretches")
        self.form = form or ("entrywise" if self._is_entrywise() else "")
        self.of_tuples: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *operands: Operand, **static: Any) -> Operand:
        """The value, or the node of it where an operand is a node.

        Raises `TypeError` for an operand that is no number: a text, a list, a function.
        """
        if self.scalar is not None and type(operands[0]) is float is type(operands[-1]) and len(operands) < 3:
            try:
                return self.scalar(*operands)  # what rules call in a reverse pass through scalar code
            except (ArithmeticError, ValueError):
                pass
        for operand in operands:
            if type(operand) not in _NUMBERS:
                if isinstance(operand, Traced):
                    return operand.graph.record(self, operands, static)
                if not is_number(operand):
                    return self._of_others(operands, static)
        return self.evaluate(*operands, **static)

    def _is_entrywise(self) -> bool:
        if self.batch is None:
            return self.partials is not None or (self.broadcasts and self.derivative is None)
        return hasattr(self.batch, "stretches")

    def _of_others(self, operands: tuple[Operand, ...], static: Static) -> Any:
        if self.of_tuples is not None and all(type(each) is tuple for each in operands):
            return self.of_tuples(*operands, **static)
        raise TypeError(f"`{self.name}` takes numbers and arrays of them")


def is_number(value: Any) -> bool:
    """Whether a plain value is a number or an array."""
    return type(value) in _NUMBERS or isinstance(value, (np.generic, np.ndarray, complex))
