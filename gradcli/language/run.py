"""Running flat code: on nodes, which records a graph, or on plain values, which does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, Place
from gradcli.errors import EvaluationError, GradcliError, LimitError, nearest
from gradcli.language import code
from gradcli.language.builtins import is_numeric
from gradcli.language.code import UNBOUND, Binary, Block, ProgramCode, Unary
from gradcli.language.explain import explain, located
from gradcli.language.instructions import HANDLERS
from gradcli.language.signals import NOTHING, Builtin, Closure, Returned
from gradcli.language.source import Source
from gradcli.limits import MAX_CALL_DEPTH, room_for_recursion
from gradcli.primitives.arguments import describe
from gradcli.records import NamedTuple

_FRAMES_PER_CALL = 20  # of Python: two for each block inside blocks, and those of the call itself
_WORTH_READING = 2_000  # instructions: the tape runs a loop of fewer before the second tier has read it
_WORTH_RUNNING = 100  # of a loop that has been read before


class Result(NamedTuple):
    """What a run gives: the value, the outputs' names where the program names them, the variables."""

    value: Any
    names: tuple[str, ...] | None
    variables: dict[str, Any]


class Machine:
    """One run of a program: the graph it records in, its random draws, and how many steps it has left.

    Hot loops leave the tape where `loops`, what is known of those of the program, allows it.
    """

    def __init__(self, graph: Graph, source: Source, max_steps: int, seed: int, loops: Any = None) -> None:
        self.graph = graph
        self.loops = loops
        self.source = source
        self.max_steps = max_steps
        self.steps = max_steps
        self.depth = 0
        self.seed = seed
        self._generator: Any = None

    @property
    def generator(self) -> Any:
        """The random generator of this run; every run with one seed draws the same numbers."""
        if self._generator is None:
            self._generator = np.random.default_rng(self.seed)
        return self._generator

    def run(self, program: ProgramCode, inputs: Mapping[str, Any]) -> Result:
        """Run a whole program with its inputs bound."""
        frame = [*program.template, None]  # the last slot of a frame is for the frame outside
        for name in program.inputs:
            frame[program.variables[name]] = inputs[name]
        with room_for_recursion(_FRAMES_PER_CALL * MAX_CALL_DEPTH):
            returned = self.block(program.body, frame)
            if program.entry is not None:
                given = {name: inputs[name] for name in program.arguments}
                returned = self.call_closure(frame[program.entry], (), given)
        if returned is None and program.result is not None:
            returned = Returned(frame[program.result], program.result_names)
        if returned is None or returned.value is NOTHING or returned.value is UNBOUND:
            raise self.error(
                "the program has no value: the way it took through the text ends without one",
                help="every way must end with `return` and a value, or the text with an expression",
            )
        variables = {
            name: frame[slot] for name, slot in program.variables.items() if frame[slot] is not UNBOUND
        }
        return Result(returned.value, returned.names, variables)

    def error(self, message: str, place: Place | None = None, help: str | None = None) -> EvaluationError:
        """An error at a place of the text; by default where the last operation stands."""
        place = place or self.graph.place
        span = place.span if place is not None else None
        return EvaluationError(message, span=span, source=self.source, help=help)

    def block(self, block: Block, frame: list[Any]) -> Any:
        """Run instructions in order; the result is None or the signal that ended the block early."""
        self.steps -= len(block) + 1
        if self.steps < 0:
            raise self.out_of_steps(block)
        graph = self.graph
        binary = graph.binary
        instruction: Any = None
        try:
            for instruction in block:
                if type(instruction) is Binary:
                    target, primitive, left, right, graph.place = instruction
                    frame[target] = binary(primitive, frame[left], frame[right])
                elif type(instruction) is Unary:
                    target, primitive, operand, graph.place = instruction
                    frame[target] = graph.unary(primitive, frame[operand])
                elif type(instruction) is code.Call:
                    frame[instruction.target] = _called(instruction, frame, graph)
                else:
                    signal = HANDLERS[type(instruction)](self, instruction, frame)
                    if signal is not None:
                        return signal
        except (GradcliError, ArithmeticError, ValueError, TypeError, IndexError, RecursionError) as error:
            raise self._explained(error, instruction, frame) from error
        return None

    def is_hot(self, op: Any, steps: int) -> bool:
        """Whether the second tier should run a loop of so many instructions, done or to come."""
        return self.loops is not None and steps > (
            _WORTH_RUNNING if id(op) in self.loops.known else _WORTH_READING
        )

    def has_read(self, op: Any) -> bool:
        """Whether the second tier has read a loop before."""
        return self.loops is not None and id(op) in self.loops.known

    def takes_over(self, op: Any, frame: list[Any], rest: range | None, rounds: int) -> bool:
        """Whether the second tier has run the rest of a loop after some rounds; if not, nothing has changed.

        Before the first round it can only be one that it has read with such values before.
        """
        taken: bool = self.loops.take(self, op, frame, rest, rounds > 0)
        return taken

    def _explained(self, error: Exception, instruction: Any, frame: list[Any]) -> GradcliError:
        """The error to show for what an instruction raised."""
        if isinstance(error, RecursionError):
            return self._too_deep()
        if isinstance(error, GradcliError):
            return located(error, instruction, frame, self.source, self.graph.place)
        return explain(error, instruction, frame, self.source, self.graph.place)

    def out_of_steps(self, block: Block) -> LimitError:
        """The error for a run that takes too long; `block` is what it was about to run."""
        place = next((each.place for each in block if hasattr(each, "place")), self.graph.place)
        return LimitError(
            f"the program was stopped after {self.max_steps:,} operations",
            span=place.span if place else None,
            source=self.source,
            help="if it is not an endless loop, raise the limit with --max-steps",
        )

    def out_of_room(self, op: Any, needed: float | None) -> LimitError:
        """The error for a loop that would save more for the reverse pass than there is memory."""
        what = (
            "more memory than there is" if needed is None else f"another {needed / 2**30:,.1f} GiB of memory"
        )
        return LimitError(
            f"this loop would need {what} for its reverse pass",
            span=op.place.span,
            source=self.source,
            help="forward mode saves nothing: `jvp`, or `jacobian --mode forward`; --max-memory, where it is "
            "given, is a limit",
        )

    def _too_deep(self) -> LimitError:
        place = self.graph.place
        return LimitError(
            f"calls are nested more than {MAX_CALL_DEPTH:,} deep",
            span=place.span if place else None,
            source=self.source,
            help="write the recursion as a loop",
        )

    def truth(self, value: Any, place: Place) -> bool:
        """The truth of a condition; a node leaves a guard, for the run depends on its value."""
        if type(value) is bool:
            return value
        self.graph.place = place
        if isinstance(value, Node):
            outcome = self.truth(value.value, place)
            self.graph.guard(value, "condition", outcome)
            return outcome
        if isinstance(value, np.ndarray) and value.size != 1:
            raise self.error(
                f"an array of shape {value.shape} has no one truth value",
                place,
                "say which: `all(...)` or `any(...)`; `where(condition, a, b)` chooses entry by entry",
            )
        if value is UNBOUND or value is NOTHING:
            raise self.error("a condition needs a value", place)
        return bool(value)

    def invoke(self, function: Any, operands: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Call a value: a function of the program or of the table."""
        if isinstance(function, Closure):
            returned = self.call_closure(function, operands, keywords)
            return NOTHING if returned is None else returned.value
        if isinstance(function, Builtin):
            context = (self,) if function.function.context else ()
            return function.function.call(*context, *operands, **keywords)
        if callable(function):
            return function(*operands, **keywords)
        raise self.error(
            f"`{self.callee(self.graph.place)}` is {describe(function)} here and cannot be called",
            help="to multiply, write `*` before the bracket; an entry is read as `x[0]`",
        )

    def callee(self, place: Place | None) -> str:
        """The text of what a call calls: what stands before the bracket that its arguments stand in."""
        if place is None:
            return ""
        end = place.operands[0][0] if place.operands else place.end
        return self.source.text[place.start : end].rpartition("(")[0].strip()

    def call_closure(self, closure: Closure, operands: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Run a function of the program; the result is how it returned, None if it did not."""
        made = closure.code
        frame = [*made.template, closure.frame]
        self.bind(closure, frame, operands, keywords)
        place = self.graph.place
        self.depth += 1
        if self.depth > MAX_CALL_DEPTH:
            raise self._too_deep()
        returned = self.block(made.body, frame)
        self.depth -= 1
        self.graph.place = place
        return returned

    def bind(
        self, closure: Closure, frame: list[Any], operands: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> None:
        """Put the arguments of a call into the slots of the parameters, as Python binds them."""
        made = closure.code
        names = made.parameters
        if len(operands) > len(names):
            raise self.error(f"`{made.name}` takes {len(names)} arguments, {len(operands)} given")
        frame[: len(operands)] = operands
        for name, value in keywords.items():
            if name not in names:
                guess = nearest(name, names)
                hint = f"did you mean `{guess}`?" if guess else None
                raise self.error(f"`{made.name}` has no parameter `{name}`", help=hint)
            if names.index(name) < len(operands):
                raise self.error(f"`{made.name}` gets `{name}` twice")
            frame[names.index(name)] = value
        first = len(names) - made.optional
        for position in range(len(operands), len(names)):
            if frame[position] is UNBOUND:
                if position < first:
                    raise self.error(f"`{made.name}` needs a value for `{names[position]}`")
                frame[position] = closure.defaults[position - first]


def _called(call: code.Call, frame: list[Any], graph: Graph) -> Any:
    """The value of a call of a table function."""
    _, function, operands, keywords, graph.place = call
    if keywords:
        named = {name: frame[slot] for name, slot in keywords}
        return function(*[frame[i] for i in operands], **named)
    return function(*[frame[i] for i in operands])


def outputs_of(result: Result, source: Source) -> dict[str, Any]:
    """The outputs of a run by name."""
    value = result.value
    if not isinstance(value, (tuple, list)):
        return {"": _checked(value, source)}
    names = result.names or tuple(str(position) for position in range(len(value)))
    if not value:
        raise EvaluationError("the program's value is an empty tuple", source=source)
    return {name: _checked(each, source) for name, each in zip(names, value, strict=True)}


def _checked(value: Any, source: Source) -> Any:
    if not is_numeric(value):
        kind = describe(value)
        help = "call it, or write it with `def`: def f(x) { return … }" if kind == "a function" else None
        raise EvaluationError(
            f"the program's value is {kind}, not a number or an array", source=source, help=help
        )
    return value
