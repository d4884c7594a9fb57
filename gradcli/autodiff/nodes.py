"""The nodes of a graph: values of a run, each with the call that gave it.

Some do without an array of their own: `Overwritten` versions of an array that has been written to since, and
`Deferred` ones, which are worked out when somebody asks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive, Static, Traced
from gradcli.language.source import Span
from gradcli.records import NamedTuple


class Place(NamedTuple):
    """Where in the program text an operation stands: its extent and that of each operand."""

    start: int
    end: int
    operands: tuple[tuple[int, int], ...] = ()

    @property
    def span(self) -> Span:
        """The extent, as errors have it."""
        return Span(self.start, self.end)


class Node(Traced):
    """One value of a run: an input or constant (a leaf, `primitive` is None), or the result of a primitive.

    `active` is torch's `requires_grad`: the node depends on an input that is being differentiated by.
    `static` holds the primitive's static parameters; for a leaf, its `name`.
    """

    __slots__ = ("active", "index", "operands", "place", "primitive", "static", "value")
    # `array * node` must reach Node.__rmul__ instead of being mapped over the array's entries.
    __array_ufunc__ = None

    # No __init__: a run makes a node for every operation, and setting the slots from outside halves the cost.
    index: int
    value: Any
    primitive: Primitive | None
    operands: tuple[Operand, ...]
    static: Static
    active: bool
    place: Place | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; `()` for scalars."""
        value = self.value
        return value.shape if type(value) is np.ndarray else ()

    @property
    def is_float(self) -> bool:
        """Whether the value is a float or an array of floats: truth values and integers are not."""
        return is_float(self.value)

    def __repr__(self) -> str:
        what = self.static.get("name", "constant") if self.primitive is None else self.primitive.name
        return f"<node {self.index} {what} {self.shape}>"


class Buffer(Node):
    """A node made by `x[index] = value`: the newest version of an array, in a buffer nobody else has."""

    __slots__ = ()


class Overwritten(Node):
    """A node whose buffer went to its successor when an entry was assigned: it keeps what stood there before.

    A loop that fills an array therefore costs O(1) a write, and still every version of the array can be
    had (Baker, "Shallow binding makes functional arrays fast", 1991): `value` copies the newest
    version and undoes the writes back to this one.
    """

    __slots__ = ()

    @property
    def value(self) -> Any:
        """This version of the array, as a fresh copy."""
        undo: list[Write] = []
        node: Node = self
        while type(node) is Overwritten:
            undo.append(written(node))
            node = undo[-1].successor
        array = node.value.copy()
        for write in reversed(undo):
            array[write.index] = write.previous
        return array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, which needs no copy."""
        return written(self).shape


class Write(NamedTuple):
    """What stands in an overwritten node: who has the buffer now, and what stood at the index before."""

    successor: Node
    index: Any
    previous: Any
    shape: tuple[int, ...]


VALUE_SLOT: Any = Node.__dict__["value"]


def written(node: Overwritten) -> Write:
    """The write that took an overwritten node's buffer."""
    write: Write = VALUE_SLOT.__get__(node)
    return write


class Deferred(Node):
    """A node of a large array, or of a sum over one, whose value is worked out when somebody asks for it.

    Its slot holds an expression, see `regions`. Once its value is known it is a node like any other; so are
    then the scalars it was made of, for walks over scalars look at plain nodes only.
    """

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The value; what it takes to have it is evaluated now."""
        value = expression_of(self).value
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            if type(node) is Deferred:
                VALUE_SLOT.__set__(node, expression_of(node).value)
                node.__class__ = Node  # type: ignore[assignment]
                waiting += [x for x in node.operands if type(x) is Deferred and not x.shape]
        return value

    @value.setter
    def value(self, expression: Any) -> None:
        VALUE_SLOT.__set__(self, expression)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, which needs no value."""
        shape: tuple[int, ...] = expression_of(self).shape
        return shape


def expression_of(node: Deferred) -> Any:
    """The expression that gives a deferred node's value."""
    return VALUE_SLOT.__get__(node)


def shape_of(operand: Operand) -> tuple[int, ...]:
    """The shape of an operand's value; `()` for scalars. Costs nothing for overwritten versions."""
    if isinstance(operand, Node):
        if type(operand) is not Node:
            return operand.shape
        operand = operand.value
    return operand.shape if type(operand) is np.ndarray else ()


def value_of(operand: Operand) -> Any:
    """The plain value of an operand."""
    return operand.value if isinstance(operand, Node) else operand


def choice_of(node: Node) -> Any:
    """What the primitive of a node has chosen, such as the side of a kink; None where it chooses nothing."""
    choice = None if node.primitive is None else node.primitive.choice
    return None if choice is None else choice(*map(value_of, node.operands), **node.static)


def is_float(value: Any) -> bool:
    """Whether a plain value is a float or an array of floats."""
    return type(value) is float or (isinstance(value, np.ndarray) and value.dtype == np.float64)


def zeros(shape: tuple[int, ...]) -> Any:
    """Zeros of a shape; 0.0 for a scalar."""
    return np.zeros(shape) if shape else 0.0


class Recipe(NamedTuple):
    """How a node came about: the call of a primitive; of a leaf, nothing but its name in `static`."""

    primitive: Primitive | None
    operands: tuple[Operand, ...]
    static: Static
