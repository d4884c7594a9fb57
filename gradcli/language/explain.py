"""Exceptions that operations of the program raise, turned into errors that its user can act on."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.nodes import Place, shape_of
from gradcli.errors import EvaluationError, GradcliError
from gradcli.language.source import Source
from gradcli.primitives.arguments import describe

_LONGEST_QUOTE = 60  # of the text of an operation in its message


def explain(
    error: Exception, instruction: Any, frame: list[Any], source: Source, place: Place | None
) -> EvaluationError:
    """The error to show: which operation failed, where, and what its operands were."""
    span = place.span if place is not None else None
    text = source[span] if span is not None else ""
    operands = [frame[slot] for slot in getattr(instruction, "operands", ())]
    shown = _operands(operands, place, source)
    if _is_about_shapes(error) and len(operands) > 1:
        shapes = " and ".join(str(shape_of(operand)) for operand in operands)
        return EvaluationError(f"shapes {shapes} do not fit together: {shown}", span=span, source=source)
    reason = str(error).split("\n", 1)[0].rstrip(".")
    is_short = len(text) <= _LONGEST_QUOTE and "\n" not in text
    message = f"`{text}` failed: {reason}" if is_short else reason
    return EvaluationError(message, span=span, source=source, help=shown or None)


def located(
    error: GradcliError, instruction: Any, frame: list[Any], source: Source, place: Place | None
) -> GradcliError:
    """An error of a function with its place and, if it has no help of its own, what the operands were."""
    if error.span is None and error.help is None and isinstance(error, EvaluationError):
        operands = [frame[slot] for slot in getattr(instruction, "operands", ())]
        error.help = _operands(operands, place, source) or None
    return error.at(place.span if place is not None else None, source)


def _is_about_shapes(error: Exception) -> bool:
    words = ("broadcast", "not aligned", "mismatch", "shape", "dimension")
    return isinstance(error, ValueError) and any(word in str(error) for word in words)


def _operands(operands: list[Any], place: Place | None, source: Source) -> str:
    """The operands' texts with what they are: "`x` has shape (3,), `y` has shape (2,)"."""
    if place is None or len(place.operands) < len(operands):
        return ""
    return ", ".join(
        f"`{source.text[start:end]}` has shape {shape_of(value)}"
        if shape_of(value)
        else f"`{source.text[start:end]}` is {describe(value)}"
        for value, (start, end) in zip(operands, place.operands, strict=False)
    )
