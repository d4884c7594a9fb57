"""The graph that a run leaves behind: nodes in the order of execution, and the guards that hold it valid."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from gradcli.autodiff.nodes import (
    VALUE_SLOT,
    Buffer,
    Deferred,
    Node,
    Overwritten,
    Place,
    Recipe,
    Write,
    value_of,
)
from gradcli.autodiff.primitive import Operand, Primitive, Static, is_number
from gradcli.records import NamedTuple

LARGE = 1 << 16  # entries: operations on arrays of so many wait, to be evaluated together
_NO_STATIC: Static = {}


class Guard(NamedTuple):
    """A decision that the run took on a node's value; a replay is valid while every guard decides the same.

    `kind` is `condition` (an `if`, `while`, `and`, ... took the node's truth) or `count` (the node served as
    integers: an index, a length, a shape); `outcome` is the truth or the integers.
    """

    node: Node
    kind: str
    outcome: Any
    place: Place | None


class Graph:
    """The record of one run.

    `place` is where in the text the operation being executed stands. While `no_grad` (a depth) is
    positive nothing becomes active; nodes that would have been are `stopped`: their values count as
    constants. `sources` are the indices of the active leaves, `loops` counts the nodes that stand for a whole
    loop, which cannot be looked into. A graph that `defers` makes operations on large arrays wait, and one
    that `sweeps` takes hot loops as one node each. If there is a `generator`, it moves whatever is rounded.
    """

    defers = True
    sweeps = True
    generator: Any = None

    __slots__ = (
        "__weakref__", "guards", "has_deferred", "loops", "no_grad", "nodes", "place", "reference", "sources",
        "stopped", "writes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.reference = ref(self)
        self.nodes: list[Node] = []
        self.guards: list[Guard] = []
        self.sources: list[int] = []  # the active leaves
        self.stopped: set[int] = set()
        self.place: Place | None = None
        self.no_grad = 0
        self.loops = 0
        self.writes = False
        self.has_deferred = False

    def leaf(self, value: Any, name: str | None = None, active: bool = False) -> Node:
        """Add an input (with a name) or a constant."""
        if active:
            self.sources.append(len(self.nodes))
        static = _NO_STATIC if name is None else {"name": name}
        return self._add(Node, value, active, Recipe(None, (), static))

    def waiting(self, expression: Any, name: str, active: bool) -> Node:
        """Add an input whose value is an expression."""
        if active:
            self.sources.append(len(self.nodes))
        self.has_deferred = True
        return self._add(Deferred, expression, active, Recipe(None, (), {"name": name}))

    def binary(self, primitive: Primitive, left: Operand, right: Operand) -> Operand:
        """Call a primitive with two operands and no static parameters.

        This is the short way for scalar arithmetic, of which programs with loops consist: no lists, no
        starred calls. Whatever is not two numbers, one of them a node's, goes the general way.
        """
        scalar = primitive.scalar
        if scalar is None or self.no_grad:
            return primitive(left, right)
        if type(left) is Node:
            x, active = left.value, left.active
            y = right
            if type(right) is Node:
                y = right.value
                active = active or right.active
        elif type(right) is Node:
            x, y, active = left, right.value, right.active
        else:
            return primitive(left, right)
        if (type(x) is not float and type(x) is not int) or (type(y) is not float and type(y) is not int):
            return primitive(left, right)
        try:
            value = scalar(x, y)
        except (ArithmeticError, ValueError):
            return primitive(left, right)
        if type(value) is int:
            return primitive(left, right)  # which keeps integers exact
        node = Node()  # by hand, not by `_add`: this is what the time of a loop goes into
        node.owner = self.reference
        nodes = self.nodes
        node.index = len(nodes)
        node.value = value
        node.primitive = primitive
        node.operands = (left, right)
        node.static = _NO_STATIC
        node.active = active and primitive.derivative is not None
        node.place = self.place
        nodes.append(node)
        return node

    def unary(self, primitive: Primitive, operand: Operand) -> Operand:
        """Call a primitive with one operand and no static parameters; the short way for a node's number."""
        if (
            type(operand) is not Node
            or type(operand.value) is not float
            or primitive.scalar is None
            or self.no_grad
        ):
            return primitive(operand)
        try:
            value = primitive.scalar(operand.value)
        except (ArithmeticError, ValueError):
            return primitive(operand)
        node = Node()
        node.owner = self.reference
        nodes = self.nodes
        node.index = len(nodes)
        node.value = value
        node.primitive = primitive
        node.operands = (operand,)
        node.static = _NO_STATIC
        node.active = operand.active and primitive.derivative is not None
        node.place = self.place
        nodes.append(node)
        return node

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Evaluate a primitive on operands of which at least one is a node, and add the result."""
        active = waits = False
        values = []
        for operand in operands:
            if isinstance(operand, Node):
                if operand.active:
                    active = True
                if type(operand) is Deferred and primitive.form:
                    waits = True
                    continue
                value = operand.value
            elif is_number(operand):
                value = operand
            else:
                raise TypeError(f"`{primitive.name}` takes numbers and arrays of them")
            values.append(value)
            if type(value) is np.ndarray and value.size >= LARGE:
                waits = True
        kind = Node
        if waits:
            kind, value = self._waiting(primitive, operands, static, values)
        else:
            value = primitive.evaluate(*values, **static) if static else primitive.evaluate(*values)
        if self.writes and type(value) is np.ndarray and value.base is not None:
            value = value.copy()  # a view of a buffer that a later write may change
        if active:
            active = primitive.derivative is not None
            if self.no_grad and active:
                active = False
                self.stopped.add(len(self.nodes))
        return self._add(kind, value, active, Recipe(primitive, operands, static or _NO_STATIC))

    def _waiting(
        self, primitive: Primitive, operands: tuple[Operand, ...], static: Static, values: list[Any]
    ) -> tuple[type[Node], Any]:
        """The kind of node, and the expression, of an operation that can wait; else its value now.

        Arrays that a later write would change do not wait.
        """
        if not primitive.form:
            return Node, primitive.evaluate(*values, **static)
        if self.defers and not any(isinstance(x, (Buffer, Overwritten)) for x in operands):
            from gradcli.autodiff.regions.expressions import expressed, lazy

            expression = expressed(primitive, tuple(map(lazy, operands)), static)
            if expression is not None:
                self.has_deferred = True
                return Deferred, expression
        return Node, primitive.evaluate(*map(value_of, operands), **static)

    def append(self, value: Any, active: bool, recipe: Recipe) -> Node:
        """Add a node whose value has been computed elsewhere."""
        return self._add(Node, value, active, recipe)

    def guard(self, node: Node, kind: str, outcome: Any) -> None:
        """Note that the run went on as it did because the node's value came out so."""
        self.guards.append(Guard(node, kind, outcome, self.place))

    def assign(self, primitive: Primitive, base: Operand, value: Operand, index: Any) -> Node:
        """Record `base[index] = value` as a new version of the array `base`.

        `primitive` is `setitem`, whose evaluation copies; it serves for the first write, which makes a
        buffer. Every further write costs no more than the entry.
        """
        active = self._activity(primitive, base, value)
        recipe = Recipe(primitive, (base, value), {"index": index})
        if type(base) is not Buffer:
            self.writes = True
            array = primitive.evaluate(value_of(base), value_of(value), index=index)
            return self._add(Buffer, array, active, recipe)
        array = base.value
        previous = np.copy(array[index])
        array[index] = value_of(value)
        node = self._add(Buffer, array, active, recipe)
        VALUE_SLOT.__set__(base, Write(node, index, previous, array.shape))
        base.__class__ = Overwritten  # type: ignore[assignment]
        return node

    def _activity(self, primitive: Primitive, *operands: Operand) -> bool:
        active = primitive.derivative is not None and any(
            isinstance(operand, Node) and operand.active for operand in operands
        )
        if active and self.no_grad:
            self.stopped.add(len(self.nodes))
            return False
        return active

    def _add(self, kind: type[Node], value: Any, active: bool, recipe: Recipe) -> Node:
        """Add a node that the recipe made; leaves have an empty one."""
        node = kind()
        node.owner = self.reference
        node.index = len(self.nodes)
        node.value = value
        node.primitive, node.operands, node.static = recipe
        node.active = active
        node.place = self.place
        self.nodes.append(node)
        return node


class ValueGraph(Graph):
    """A graph that remembers nothing, for runs that nobody differentiates: primitives give plain values."""

    __slots__ = ()

    def binary(self, primitive: Primitive, left: Operand, right: Operand) -> Operand:
        """Call a primitive; the result is a plain value."""
        return primitive(left, right)

    def unary(self, primitive: Primitive, operand: Operand) -> Operand:
        """Call a primitive; the result is a plain value."""
        return primitive(operand)

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Evaluate a primitive; the result is a plain value."""
        value = primitive.evaluate(*map(value_of, operands), **static)
        return value.copy() if type(value) is np.ndarray and value.base is not None else value

    def guard(self, node: Node, kind: str, outcome: Any) -> None:
        """Nothing will be replayed."""

    def _add(self, kind: type[Node], value: Any, active: bool, recipe: Recipe) -> Node:
        node = super()._add(kind, value, False, Recipe(None, (), _NO_STATIC))
        self.nodes.clear()
        return node
