"""The graph that a run leaves behind: nodes in the order of execution, and the guards that hold it valid."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from gradcli.autodiff.primitive import Operand, Primitive, Static, Traced, is_number
from gradcli.records import NamedTuple

LARGE = 1 << 16  # entries: operations on arrays of so many wait, to be evaluated together
_NO_STATIC: Static = {}


class Place(NamedTuple):
    """Where in the program text an operation stands: its extent and that of each operand."""

    start: int
    end: int
    operands: tuple[tuple[int, int], ...] = ()


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


class Recipe(NamedTuple):
    """How a node came about: the call of a primitive; of a leaf, nothing but its name in `static`."""

    primitive: Primitive | None
    operands: tuple[Operand, ...]
    static: Static


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
        """The kind of node, and the expression, of an operation that can wait; else its value now."""
        if not primitive.form:
            return Node, primitive.evaluate(*values, **static)
        if self.defers and not any(isinstance(x, (Buffer, Overwritten)) for x in operands):
            from gradcli.autodiff import regions  # arrays that a later write would change do not wait

            expression = regions.expressed(primitive, tuple(map(regions.lazy, operands)), static)
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
