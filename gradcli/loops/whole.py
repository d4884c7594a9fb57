"""Reading a whole program as if it were a hot loop: for its adjoint as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gradcli.autodiff.nodes import Place, shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.language.code import UNBOUND, FunctionCode, Invoke, Outer, ProgramCode, Return
from gradcli.loops.frames import Frame, Inlined, Outside
from gradcli.loops.inlining import inline
from gradcli.loops.listing import choose_lists
from gradcli.loops.liveness import Liveness
from gradcli.loops.reader import Reader, Reading, settled
from gradcli.loops.segments import RefusedError, Symbol, Variable

_NOWHERE = Place(0, 0)


def names_of_inputs(code: ProgramCode) -> tuple[str, ...]:
    """The inputs of a program: those of its text, and the arguments of the function that it is."""
    return tuple(dict.fromkeys((*code.inputs, *code.arguments)))


def read_program(
    code: ProgramCode, values: Mapping[str, Any], wrt: Collection[str]
) -> tuple[Reader, Reading, Variable]:
    """Read a program that runs with these plain values; the variable takes its value, which is one number.

    `Given` values are called like the inputs. Raises `RefusedError` for what cannot be read.
    """
    slots = {name: code.variables[name] for name in code.inputs}
    template = [*code.template]
    for name in code.arguments:
        if name not in slots:
            slots[name] = len(template)
            template.append(UNBOUND)
    frame = [*template, None]
    for name, slot in slots.items():
        frame[slot] = values[name]
    main = _as_function(code, template, slots)
    reader, value = settled(frame, lambda reader: _value(reader, main, slots, wrt))
    if not isinstance(value, (Symbol, float, int)) or shape_of(value):
        raise RefusedError("its value is not one number")
    if not reader.lifting.given.keys() <= {(slot,) for slot in slots.values()}:
        raise RefusedError("it is given something else than its inputs")
    result = Variable("value", value.value if isinstance(value, Symbol) else value, True)
    reader.segment.sets.append((result, value))
    given = tuple(reader.lifting.given.values())
    reading = Reading(reader.block, given, (), ((0, result),), ())
    choose_lists(reading)
    return reader, reading, result


def _as_function(code: ProgramCode, template: list[Any], slots: Mapping[str, int]) -> FunctionCode:
    """A program as a function of `code.inputs`; the arguments of its entry stand in the frame around."""
    arguments = tuple((name, slots[name]) for name in code.arguments)
    outer = [Outer(slot, 1, slot, name, _NOWHERE) for name, slot in arguments if name not in code.inputs]
    body = [*outer, *code.body]
    result = code.result
    if code.entry is not None:
        result = len(template)
        template = [*template, UNBOUND]
        body.append(Invoke(result, code.entry, (), arguments, _NOWHERE))
    if result is not None:
        body.append(Return(result, None))
    return FunctionCode("program", code.inputs, 0, template, body)


def _value(reader: Reader, main: FunctionCode, slots: Mapping[str, int], wrt: Collection[str]) -> Operand:
    """What the program computes, as a function of its inputs that is read in place."""
    lifted = {name: reader.lifting.at((slot,)) for name, slot in slots.items()}
    for name, symbol in lifted.items():
        if isinstance(symbol, Symbol):
            symbol.origin.name = name
            symbol.active = symbol.origin.active = name in wrt
    reader.frames.append(Frame(0, [UNBOUND] * len(reader.concrete), Liveness(frozenset())))
    outside = Outside(reader, (-1,), reader.concrete)
    return inline(reader, Inlined(main, (), outside), tuple(lifted[name] for name in main.parameters), {})
