"""Flat code: what a program is lowered to, once, and what runs.

A function's values live in the numbered slots of a frame (a list): first its parameters, then its variables,
temporaries and constants. An instruction reads slots and writes one. Blocks nest only where the program's own
`if` and loops do, so the depth of an expression never becomes depth of recursion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gradcli.autodiff.nodes import Place
from gradcli.autodiff.primitive import Primitive
from gradcli.records import NamedTuple

# An instruction is one of the records below; their union, being recursive, costs type checkers ages.
Instruction: TypeAlias = Any
Block: TypeAlias = list[Instruction]


class Unbound:
    """What stands in the slot of a variable that has no value yet."""

    def __repr__(self) -> str:
        return "no value"


UNBOUND = Unbound()


class Call(NamedTuple):
    """`target = function(*operands, **keywords)` for a function of the table."""

    target: int
    function: Callable[..., Any]
    operands: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    place: Place


class ContextCall(NamedTuple):
    """The same for a function that takes the running machine as well (random draws, `sequential`)."""

    target: int
    function: Callable[..., Any]
    operands: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    place: Place


class Binary(NamedTuple):
    """`target = primitive(left, right)`: most of any program, and therefore short."""

    target: int
    primitive: Primitive
    left: int
    right: int
    place: Place

    @property
    def operands(self) -> tuple[int, int]:
        """Both operands, as other calls have them."""
        return self.left, self.right


class Unary(NamedTuple):
    """`target = primitive(operand)`, as short."""

    target: int
    primitive: Primitive
    operand: int
    place: Place

    @property
    def operands(self) -> tuple[int]:
        """The operand, as other calls have it."""
        return (self.operand,)


class Invoke(NamedTuple):
    """A call of whatever stands in a slot: a function of the program, a `lambda`, a function passed along.

    It must have a value unless it is a statement, in which case the value is not `used`.
    """

    target: int
    function: int
    operands: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    place: Place
    used: bool = True


class GetAttribute(NamedTuple):
    """`target = base.name`: a member of a structured input, or one of `T`, `shape`, ...."""

    target: int
    base: int
    name: str
    place: Place


class Range(NamedTuple):
    """One part of a subscript that is a slice; None where a bound is left out."""

    start: int | None
    stop: int | None
    step: int | None


class GetItem(NamedTuple):
    """`target = base[parts]`; `is_tuple` tells `x[i,]` from `x[i]`."""

    target: int
    base: int
    parts: tuple[int | Range, ...]
    is_tuple: bool
    place: Place


class SetItem(NamedTuple):
    """`base[parts] = value`: the slot of the name gets a new version of the array."""

    target: int
    base: int
    parts: tuple[int | Range, ...]
    is_tuple: bool
    value: int
    place: Place


class Copy(NamedTuple):
    """`target = source`."""

    target: int
    source: int


class Outer(NamedTuple):
    """`target =` a variable of the function `depth` levels out, as it stands now."""

    target: int
    depth: int
    source: int
    name: str
    place: Place


class Bound(NamedTuple):
    """Check that a variable which may have no value has one."""

    source: int
    name: str
    place: Place


class MakeList(NamedTuple):
    """`target = [operands]` as a list of values, not an array; a tuple when `is_tuple`."""

    target: int
    operands: tuple[int, ...]
    is_tuple: bool


class Append(NamedTuple):
    """Add a value to the list of a comprehension."""

    target: int
    source: int


class Unpack(NamedTuple):
    """`a, b = source`."""

    targets: tuple[int, ...]
    source: int
    place: Place


class Arm(NamedTuple):
    """One way of an `if`: run `test`, and `body` when the condition then holds."""

    test: Block
    condition: int
    body: Block
    place: Place


class If(NamedTuple):
    """Run the body of the first arm whose condition holds, or `otherwise`."""

    arms: tuple[Arm, ...]
    otherwise: Block


class ShortCircuit(NamedTuple):
    """`target = a and b and ...` (`until` is False) or the same with `or` (`until` is True)."""

    target: int
    until: bool
    parts: tuple[tuple[Block, int, Place], ...]


class Layout(NamedTuple):
    """What the slots of a frame are for: the first `named` are variables, `template` holds the constants."""

    named: int
    template: list[Any]


class While(NamedTuple):
    """Run `test`, and `body` as long as the condition then holds; `kept` temporaries are read behind it."""

    test: Block
    condition: int
    body: Block
    place: Place
    layout: Layout
    kept: tuple[int, ...] = ()


class For(NamedTuple):
    """Run the body with each element of what stands in `iterable`; `kept` are as for `While`."""

    target: int
    iterable: int
    body: Block
    place: Place
    layout: Layout
    kept: tuple[int, ...] = ()


class NoGrad(NamedTuple):
    """Run the body with recording of derivatives switched off."""

    body: Block


class FunctionCode(NamedTuple):
    """A function of the program; its parameters have the first slots, the last `optional` have defaults.

    `template` is the frame to start from: constants in place, everything else unbound. A frame has one slot
    more, for the frame of the function around.
    """

    name: str
    parameters: tuple[str, ...]
    optional: int
    template: list[Any]
    body: Block


class MakeFunction(NamedTuple):
    """`target =` a function that sees this frame's variables; `defaults` are slots."""

    target: int
    code: FunctionCode
    defaults: tuple[int, ...]


class Assert(NamedTuple):
    """Fail unless the condition holds: run `explain`, then report its message and the operands `shown`."""

    condition: int
    explain: Block
    message: int | None
    shown: tuple[tuple[str, int], ...]
    place: Place


class Return(NamedTuple):
    """End the function; `names` are the names of the values returned, where they are names."""

    source: int | None
    names: tuple[str, ...] | None


class Break(NamedTuple):
    """Leave the innermost loop."""


class Continue(NamedTuple):
    """Go on with the next round of the innermost loop."""


class ProgramCode(NamedTuple):
    """A whole program: its body, its variables' slots and which are inputs, and where its value will stand.

    `entry` is the slot of the function that is the program (text that only defines functions runs the
    last one), `arguments` are those of its parameters that are given.
    """

    template: list[Any]
    body: Block
    variables: dict[str, int]
    inputs: tuple[str, ...]
    result: int | None
    result_names: tuple[str, ...] | None
    entry: int | None
    arguments: tuple[str, ...]
