"""Reading a whole program as if it were a hot loop: for its adjoint as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gradcli.autodiff.graph import Place, shape_of
from gradcli.autodiff.primitive import Operand
from gradcli.language.code import FunctionCode, Invoke, ProgramCode, Return
from gradcli.loops.frames import Frame, Inlined, Outside
from gradcli.loops.inlining import inline
from gradcli.loops.listing import choose_lists
from gradcli.loops.liveness import Liveness
from gradcli.loops.reader import Reader, Reading, settled
from gradcli.loops.segments import RefusedError, Symbol, Variable

_NOWHERE = Place(0, 0)


def read_program(
    code: ProgramCode, values: Mapping[str, Any], wrt: Collection[str]
) -> tuple[Reader, Reading, Variable]:
    """Read a program that runs with these plain values; the variable takes its value, which is one number.

    `Given` values are called like the inputs. Raises `RefusedError` for what cannot be read.
    """
    frame = [*code.template, None]
    for name in code.inputs:
        frame[code.variables[name]] = values[name]
    reader, value = settled(frame, lambda reader: _value(reader, code, wrt))
    if not isinstance(value, (Symbol, float, int)) or shape_of(value):
        raise RefusedError("its value is not one number")
    result = Variable("value", value.value if isinstance(value, Symbol) else value, True)
    reader.segment.sets.append((result, value))
    given = tuple(reader.lifting.given.values())
    reading = Reading(reader.block, given, (), ((0, result),), ())
    choose_lists(reading)
    return reader, reading, result


def _value(reader: Reader, code: ProgramCode, wrt: Collection[str]) -> Operand:
    """What the program computes, as a function of its inputs that is read in place."""
    template, body = [*code.template], [*code.body]
    result = code.result
    if code.entry is not None:
        template.append(template[code.entry])
        result = len(template) - 1
        arguments = tuple((name, code.variables[name]) for name in code.arguments)
        body.append(Invoke(result, code.entry, (), arguments, _NOWHERE))
    if result is not None:
        body.append(Return(result, None))
    main = FunctionCode("program", code.inputs, 0, template, body)
    operands = []
    for name in code.inputs:
        symbol = reader.lifting.at((code.variables[name],))
        if isinstance(symbol, Symbol):
            symbol.origin.name = name
            symbol.active = symbol.origin.active = name in wrt
        operands.append(symbol)
    reader.frames.append(Frame(0, [], Liveness(frozenset())))
    return inline(reader, Inlined(main, (), Outside(reader, (-1,), reader.concrete)), tuple(operands), {})
