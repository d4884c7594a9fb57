"""Straight code on numbers: value and gradient from a sweep down its instructions and one back, no graph.

A formula that runs once, on numbers, spends most of its time on nodes that nobody looks at. Here its
instructions compute floats, what their rules need is noted, and the notes are gone through backwards. The
rules are those of the tape, applied in its order: the numbers are the same to the last bit. Whatever is no
elementwise operation on numbers, or has no answer in Python's arithmetic (`1.0/0`), is left to the tape.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from math import isfinite
from typing import Any

from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.primitive import Primitive
from gradcli.autodiff.slopes import slopes_of
from gradcli.language.code import Binary, Block, ProgramCode, Unary


class _Other(Exception):  # noqa: N818  # no error: the tape knows it
    """What makes code no straight code on numbers."""


def gradient_at_numbers(
    code: ProgramCode, inputs: Mapping[str, Any], wrt: Collection[str]
) -> tuple[float, dict[str, float]] | None:
    """The value of a program and its derivatives by the inputs in `wrt`; None where it takes the tape.

    That is also where the tape has a note to add: on what is not finite, and on inputs without effect.
    """
    if code.result is None or any(type(value) is not float for value in inputs.values()):
        return None
    variables, frame = code.variables, [*code.template]
    for name, value in inputs.items():
        frame[variables[name]] = value
    moves = [False] * len(frame)
    for name in wrt:
        moves[variables[name]] = True
    try:
        with walking():
            cotangents = _back(_down(code.body, frame, moves), len(frame), code.result)
    except (_Other, ArithmeticError, ValueError, TypeError):
        return None
    value, gradient = frame[code.result], {}
    for name in wrt:
        derivative = cotangents[variables[name]]
        if derivative is None or not isfinite(derivative):
            return None
        gradient[name] = derivative
    return (value, gradient) if type(value) is float and isfinite(value) else None


def _down(block: Block, frame: list[Any], moves: list[bool]) -> list[tuple[Any, ...]]:
    """Run the instructions in the frame, and note those of which an operand moves.

    A note holds the target; each operand, None for one that stands still, with its slope; and what slopes
    take: the outcome and the values of the operands.
    """
    notes: list[tuple[Any, ...]] = []
    for instruction in block:
        if type(instruction) is Binary:
            target, primitive, left, right, _ = instruction
            scalar, by_x, by_y = _rules(primitive, 2)
            x, y = frame[left], frame[right]
            value = scalar(x, y)
            of_x, of_y = moves[left], moves[right]
            moves[target] = of_x or of_y
            if of_x or of_y:
                note = target, left if of_x else None, by_x, right if of_y else None, by_y, (value, x, y)
                notes.append(note)
        elif type(instruction) is Unary:
            target, primitive, operand, _ = instruction
            scalar, by_x = _rules(primitive, 1)
            x = frame[operand]
            value = scalar(x)
            moves[target] = moves[operand]
            if moves[operand]:
                notes.append((target, operand, by_x, None, None, (value, x)))
        else:
            raise _Other
        if type(value) is not float:
            raise _Other
        frame[target] = value
    return notes


def _back(notes: list[tuple[Any, ...]], slots: int, result: int) -> list[float | None]:
    """The cotangents of what stood in the slots at first."""
    held: list[float | None] = [None] * slots
    held[result] = 1.0
    for target, left, by_x, right, by_y, values in reversed(notes):
        g = held[target]
        held[target] = None
        if g is None or g == 0.0:
            continue
        if left is not None:
            slope = by_x if type(by_x) is float else by_x(*values)
            product = g * slope if slope is not False else 0.0  # False selects: nothing passes
            before = held[left]
            held[left] = product if before is None else before + product
        if right is not None:
            slope = by_y if type(by_y) is float else by_y(*values)
            product = g * slope if slope is not False else 0.0
            before = held[right]
            held[right] = product if before is None else before + product
    return held


@cache
def _rules(primitive: Primitive, count: int) -> tuple[Any, ...]:
    """How a primitive computes with numbers, and its slopes by so many operands."""
    slopes = primitive.partials or ()
    if primitive.scalar is None or len(slopes) != count or None in slopes:
        raise _Other
    return primitive.scalar, *slopes_of(slopes)
