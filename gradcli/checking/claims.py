"""Claims: gradients that somebody states, as expressions, numbers or files, in the shape of the Jacobian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import value_of
from gradcli.checking.perturbed import PerturbedGraph
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.subject import Matrix, Part
from gradcli.errors import InputError, UsageError, nearest
from gradcli.language.source import Span
from gradcli.language.values import normalised, parse_value
from gradcli.program import Program, compile
from gradcli.structures import as_input, leaves, rebuild


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed derivative by one input: its block of the Jacobian, and the expression that gave it.

    `name` is what the claim was made about: the input, or the structure that it is a part of.
    """

    name: str
    part: Part
    block: Matrix
    program: Program | None = None

    @property
    def columns(self) -> slice:
        """Its columns in the Jacobian."""
        return slice(self.part.start, self.part.stop)


def read_claims(subject: ProgramSubject, given: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claims by input name; each a text (an expression, numbers, `@FILE`) or a value.

    Expressions may use the inputs and the program's own variables. Raises `InputError` for a claim of the
    wrong shape, one that is not made of numbers, or one about an input that is not there.
    """
    if not given:
        return ()
    if len(subject.outputs) > 1 and subject.settings.order == 1:
        raise UsageError(
            "claims need a program with one output", help="return the output that the claim is about"
        )
    return tuple(claim for name, value in given.items() for claim in _claims(subject, name, value))


def _claims(subject: ProgramSubject, name: str, value: Any) -> Iterator[Claim]:
    """One claim, or one for each part of a structured input."""
    parts = {part.name: part for part in subject.inputs}
    roots = {*subject.recording.wrt_nodes}
    if name not in parts and name not in roots:
        raise _unknown(name, [*parts, *roots], subject)
    program = None
    if isinstance(value, str):
        value, program = _from_text(subject, name, value)
    for path, leaf in leaves(as_input(value, f"the claim for `{name}`"), name):
        if path not in parts:
            raise _unknown(path, list(parts), subject)
        try:
            yield Claim(name, parts[path], _block(subject, parts[path], leaf), program)
        except InputError as error:
            if program is not None:
                error.at(Span(0, len(program.source.text.rstrip())), program.source)
            raise


def _unknown(name: str, known: list[str], subject: ProgramSubject) -> InputError:
    guess = nearest(name, known)
    if name in subject.recording.inputs:
        return InputError(f"`{name}` is held constant: there is no derivative to claim")
    listed = ", ".join(f"`{each}`" for each in dict.fromkeys(known))
    hint = f"did you mean `{guess}`?" if guess else f"the derivatives are by {listed}"
    return InputError(f"a claim is about `{name}`, which is no input of the program", help=hint)


def _from_text(subject: ProgramSubject, name: str, text: str) -> tuple[Any, Program | None]:
    made: list[Program] = []

    def evaluate(expression: str) -> Any:
        program = compile(expression, f"--claim {name}")
        made.append(program)
        return normalised(_run(program, subject))

    if _is_expression(text):
        return evaluate(text), made[0]
    return parse_value(text, f"--claim {name}", evaluate), None


def _is_expression(text: str) -> bool:
    """Whether a text is one program, and not numbers or a file."""
    return text[:1] not in ("@", "{") and any(character.isalpha() for character in text.replace("e", ""))


def _names(program: Program, subject: ProgramSubject) -> dict[str, Any]:
    """The values that a claim's expression uses: inputs as given, and the program's variables."""
    known = {**subject.recording.variables, **subject.recording.inputs}
    for name in program.inputs:
        if name not in known:
            guess = nearest(name, known)
            listed = ", ".join(f"`{each}`" for each in known)
            raise InputError(
                f"the claim uses `{name}`, which the program does not have",
                source=program.source,
                span=program.source.first_use(name),
                help=f"did you mean `{guess}`?" if guess else f"the program has {listed}",
            )
    used = (name for name in (*program.inputs, *program.optional) if name in known)
    return {name: rebuild(known[name], value_of) for name in used}


def _run(program: Program, subject: ProgramSubject) -> Any:
    return program.value(_names(program, subject), **dict(subject.settings.run))


def _block(subject: ProgramSubject, part: Part, value: Any) -> Matrix:
    """A claim as rows by output entry and columns by input entry."""
    if np.asarray(value).dtype == np.bool_:
        raise InputError(f"the claim for `{part.name}` is made of truth values, not of numbers")
    array = np.asarray(value, dtype=np.float64)
    shape = (*_output_shape(subject), *part.shape)
    if array.shape != shape:
        raise _bad_shape(subject, part, array, shape)
    if not np.isfinite(array).all() and np.isfinite(subject.value).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0]) if array.ndim else ()
        at = f" at {list(place)}" if place else ""
        raise InputError(f"the claim for `{part.name}` is not finite{at}: it is {array[place]}")
    return array.reshape(len(subject.value), -1)


def _bad_shape(subject: ProgramSubject, part: Part, array: np.ndarray, shape: tuple[int, ...]) -> InputError:
    hint = None
    if array.shape == shape[::-1]:
        hint = "the claim looks transposed"
    elif array.ndim == 0:
        hint = f"write `{array.item():g} * ones({shape})` if every entry has this derivative"
    elif (axes := _stretched_axes(shape, array.shape)) is not None:
        over = f" over {axes}" if shape else ""
        hint = f"`{part.name}` was broadcast: its derivative is the sum of these numbers{over}"
    what = f"`{part.name}` has shape {part.shape}"
    if len(shape) > len(part.shape):
        whose = "the gradient" if subject.settings.order == 2 else "the value"
        what += f" and {whose} has shape {shape[: len(shape) - len(part.shape)]}"
    return InputError(f"the claim for `{part.name}` has shape {array.shape}, not {shape}: {what}", help=hint)


def _stretched_axes(shape: tuple[int, ...], stretched: tuple[int, ...]) -> str | None:
    """The axes along which an array was repeated, None where one shape does not come from the other."""
    leading = len(stretched) - len(shape)
    if leading < 0:
        return None
    pairs = list(zip((1,) * leading + shape, stretched, strict=True))
    if any(one not in (1, other) for one, other in pairs):
        return None
    axes = [str(at) for at, (one, other) in enumerate(pairs) if at < leading or one != other]
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(axes)}"


def _output_shape(subject: ProgramSubject) -> tuple[int, ...]:
    return subject.outputs[0].shape if len(subject.outputs) == 1 else (len(subject.value),)


def claimed_round_off(claim: Claim, subject: ProgramSubject, seeds: range) -> Matrix | float:
    """How far a claim's entries move in perturbed arithmetic; 0 for plain numbers."""
    if claim.program is None:
        return 0.0
    values = _names(claim.program, subject)
    moved = np.zeros(claim.block.shape)
    for seed in seeds:
        settings: dict[str, Any] = dict(subject.settings.run)
        run = claim.program.record(values, graph=PerturbedGraph(seed), **settings)
        own = np.reshape(np.asarray(run.value, dtype=np.float64), claim.block.shape)
        moved = np.fmax(moved, np.abs(own - claim.block))
    return moved
