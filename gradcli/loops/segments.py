"""What a hot loop is made of: straight-line segments, choices between two blocks, and repetitions.

Inside a segment every value is a `Symbol`, assigned once. Between segments values stand in `Variable`s, which
segments set at their end, all at once. Control flow therefore never meets a value in flight, and the reverse
sweep of a segment is again a segment: its cotangents are symbols, and those of variables are variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.nodes import Node
from gradcli.autodiff.primitive import Operand, Primitive

Block: TypeAlias = "list[Segment | Choice | Repeat | Break]"

TRUTH = "truth"  # the kind of what is a number at times and a truth value at others: good for conditions only


class RefusedError(Exception):
    """The second tier cannot take this loop; the text says why."""


class Named:
    """What a loop calls by a name; `sample` is a value that it had, for its kind.

    `listed` arrays stand in Python lists, whose entries are floats and cost least to read and write one by
    one.
    """

    __slots__ = ("active", "kind", "listed", "name", "sample")

    def __init__(self, name: str, sample: Any, active: bool) -> None:
        self.name = name
        self.sample = sample
        self.kind = kind_of(sample)
        self.active = active
        self.listed = False

    def __repr__(self) -> str:
        return self.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its values; () for scalars."""
        return np.shape(self.sample)


class Variable(Named):
    """A place whose value changes as the loop runs: a slot of the program, or the cotangent of one."""

    __slots__ = ()


class Symbol(Node):
    """A value inside a segment: the result of a primitive, or a leaf (`primitive` is None).

    A leaf's `origin` is the `Variable`, the `Counter` or the `Given` that it reads. `value` is a sample, for
    the shape and the kind.
    """

    __slots__ = ("kind", "origin")
    kind: str
    origin: Any

    def __repr__(self) -> str:
        return f"<symbol {self.origin if self.primitive is None else self.primitive.name}>"


class Given(Named):
    """A value from outside that stays as it is while the loop runs; `path` says where to find it."""

    __slots__ = ("path",)

    def __init__(self, name: str, path: tuple[Any, ...], sample: Any, active: bool) -> None:
        super().__init__(name, sample, active)
        self.path = path


class Counter(Named):
    """What a `for` runs through: known again in the reverse sweep without being saved."""

    __slots__ = ()

    def __init__(self, name: str, sample: Any) -> None:
        super().__init__(name, sample, active=False)


class AddAt:
    """In place: `place[index] += value`, for the cotangent of an array of which entries were read.

    `...` as the index stands for the whole array.
    """

    __slots__ = ("index", "place", "value")

    def __init__(self, place: Any, index: Any, value: Operand) -> None:
        self.place, self.index, self.value = place, index, value


class PutAt:
    """In place: `place[index] = value`."""

    __slots__ = ("index", "place", "value")

    def __init__(self, place: Any, index: Any, value: Operand) -> None:
        self.place, self.index, self.value = place, index, value


class Segment:
    """Straight-line code: symbols and effects in order, then variables that are set, all at once.

    `saved` maps symbols that the reverse sweep needs to the stacks that they are pushed on at the end;
    a reverse segment has the symbols that it takes from there in `restored`. `cost` is the number of
    instructions that it was read from, for `--max-steps`.
    """

    __slots__ = ("body", "cost", "restored", "saved", "sets")

    def __init__(self) -> None:
        self.cost = 0
        self.body: list[Any] = []
        self.sets: list[tuple[Variable, Operand]] = []
        self.saved: dict[Symbol, Stack] = {}
        self.restored: dict[Symbol, Stack] = {}


class Stack:
    """What the forward sweep leaves for the reverse sweep, one entry for each time its segment ran."""

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind


class Choice:
    """`if condition: then; else: otherwise`; `tags` remembers which was taken, if anyone needs to know."""

    __slots__ = ("condition", "otherwise", "tags", "then")

    def __init__(self, condition: Operand, then: Block, otherwise: Block, tags: Stack | None = None) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.tags = tags


class Repeat:
    """A loop: `for counter in iterable` or, with `test` and `condition`, a `while`.

    `trips` remembers how often it ran, if it is to be run in reverse and that cannot be known otherwise.
    """

    __slots__ = ("body", "breaks", "condition", "counter", "iterable", "test", "trips")

    def __init__(self, body: Block) -> None:
        self.body = body
        self.counter: Counter | None = None
        self.iterable: Operand = None
        self.test: Block = []
        self.condition: Operand = None
        self.breaks = False
        self.trips: Stack | None = None

    @property
    def cost(self) -> int:
        """The number of instructions of a round, without those of choices and repetitions inside."""
        return cost_of(self.test) + cost_of(self.body)

    @property
    def is_simple(self) -> bool:
        """Whether there is no other repetition inside."""
        return not has_repeats(self.body) and not has_repeats(self.test)

    @property
    def is_steady(self) -> bool:
        """Whether it runs through a range that is known already, from end to end."""
        return isinstance(self.iterable, range) and not self.breaks


class Break:
    """Leave the innermost repetition."""


def kind_of(value: Any) -> str:
    """What a value is: a float, an int, a bool, an array, or something else."""
    if type(value) in (float, int, bool):
        return type(value).__name__
    if type(value) is np.ndarray:
        return "array"
    return "range" if type(value) is range else "other"


def make_symbol(
    owner: Any, primitive: Primitive | None, operands: tuple[Operand, ...], static: Any, sample: Any
) -> Symbol:
    """A symbol that is not active; `owner()` is what records operations on it."""
    symbol = Symbol()
    symbol.owner = owner
    symbol.index = -1
    symbol.value = sample
    symbol.primitive = primitive
    symbol.operands = operands
    symbol.static = static
    symbol.active = False
    symbol.place = None
    symbol.kind = kind_of(sample)
    symbol.origin = None
    return symbol


def index_symbols(index: Any) -> Iterator[Symbol]:
    """The symbols in an index."""
    for part in index if type(index) is tuple else (index,):
        if isinstance(part, Symbol):
            yield part


def symbols_of(statement: Any) -> Iterator[Symbol]:
    """The symbols that a statement uses."""
    if isinstance(statement, Symbol):
        yield from (each for each in statement.operands if isinstance(each, Symbol))
        if "index" in statement.static:
            yield from index_symbols(statement.static["index"])
    else:
        if isinstance(statement.value, Symbol):
            yield statement.value
        yield from index_symbols(statement.index)


def cost_of(block: Block) -> int:
    """The number of instructions that a block runs whatever it decides."""
    return sum(each.cost for each in block if isinstance(each, Segment))


def has_repeats(block: Block) -> bool:
    """Whether a repetition stands in a block."""
    return any(
        isinstance(each, Repeat)
        or (isinstance(each, Choice) and (has_repeats(each.then) or has_repeats(each.otherwise)))
        for each in block
    )


def asked_in(block: Block) -> Iterator[Operand]:
    """What choices and repetitions of a block depend on, and those of the blocks inside."""
    for each in block:
        if isinstance(each, Choice):
            yield each.condition
            yield from asked_in([*each.then, *each.otherwise])
        elif isinstance(each, Repeat):
            yield each.condition
            yield each.iterable
            yield from asked_in([*each.test, *each.body])


def segments_of(block: Block) -> Iterator[Segment]:
    """All segments of a block and of the blocks inside, in the order of the text."""
    for each in block:
        if isinstance(each, Segment):
            yield each
        elif isinstance(each, Choice):
            yield from segments_of(each.then)
            yield from segments_of(each.otherwise)
        elif isinstance(each, Repeat):
            yield from segments_of(each.test)
            yield from segments_of(each.body)


def used_in(block: Block) -> Iterator[Symbol]:
    """The symbols that a block uses, and those that it saves."""
    for segment in segments_of(block):
        for statement in segment.body:
            yield from symbols_of(statement)
        yield from (value for _, value in segment.sets if isinstance(value, Symbol))
        yield from segment.saved
    yield from (each for each in asked_in(block) if isinstance(each, Symbol))
