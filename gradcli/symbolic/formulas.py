"""Derivatives of programs as formulas: gradients, Jacobians, Hessians, derivatives of any order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.autodiff.graph import Graph, Guard
from gradcli.autodiff.nodes import Node, shape_of
from gradcli.errors import UsageError
from gradcli.language.source import Source
from gradcli.program import Program, compile
from gradcli.recording import Recording
from gradcli.records import NamedTuple
from gradcli.symbolic import term as t
from gradcli.symbolic.derive import Formulas, cotangent_formulas
from gradcli.symbolic.examples import example_inputs
from gradcli.symbolic.expression import ExpressionPrinter
from gradcli.symbolic.jacobian import jacobian_term
from gradcli.symbolic.simplify import Step
from gradcli.symbolic.term import Shape, Term

_SEED = "the cotangent"


class Subject(NamedTuple):
    """A program with what is known about its inputs: values, or only kinds (`vector`, `matrix`, `scalar`).

    Formulas with more than `most_operations` raise `TooLongError`.
    """

    program: Program
    given: Mapping[str, Any]
    kinds: Mapping[str, str]
    wrt: Sequence[str] | None = None
    const: Sequence[str] = ()
    most_operations: float = math.inf


class Derivation(NamedTuple):
    """Formulas by the names of inputs; `conditions` are those that decided which path they belong to."""

    value: Term
    derivatives: dict[tuple[str, ...], Term]
    inputs: dict[str, Shape]
    steps: tuple[Step, ...]
    conditions: tuple[str, ...]
    outputs: Mapping[str, Any]


def gradient(subject: Subject) -> Derivation:
    """The gradient of a scalar program by each input."""
    recording, _ = _recorded(subject)
    output = recording.nodes.get("")
    if "" not in recording.nodes or shape_of(output):
        raise UsageError(
            "the program's value is not a number, so it has no gradient",
            source=recording.source,
            help="`diff --jacobian` gives the formula of the Jacobian",
        )
    return _derivation(recording, cotangent_formulas(recording, output, None, subject.most_operations))


def jacobian(subject: Subject) -> Derivation:
    """The Jacobian of a program by each input, where it has a compact form."""
    recording, _ = _recorded(subject)
    output = recording.nodes.get("")
    shape = shape_of(output)
    if not shape and "" in recording.nodes:
        return _derivation(recording, cotangent_formulas(recording, output, None, subject.most_operations))
    if len(shape) != 1:
        raise UsageError(
            "formulas of Jacobians are for a single vector", help="`gradcli jacobian` computes all others"
        )
    formulas = cotangent_formulas(recording, output, _SEED, subject.most_operations)
    simplify = formulas.simplifier
    matrices = {
        path: simplify(jacobian_term(each, _SEED, shape[0])) for path, each in formulas.derivatives.items()
    }
    return _derivation(recording, formulas._replace(derivatives=matrices))


def hessian(subject: Subject) -> Derivation:
    """The Hessian blocks of a scalar program by pairs of inputs."""
    first = gradient(subject)
    _, inputs = _recorded(subject)
    pairs: dict[tuple[str, ...], Term] = {}
    steps = list(first.steps)
    for (name,), formula in first.derivatives.items():
        rows, more = _again(first, formula, inputs, [other for (other,) in first.derivatives])
        steps += more
        pairs |= {(name, other): row for other, row in rows.items()}
    return first._replace(derivatives=pairs, steps=tuple(steps))


def higher(subject: Subject, order: int) -> Derivation:
    """The derivative of an order by each input, the same input each time."""
    found = gradient(subject)
    _, inputs = _recorded(subject)
    for done in range(1, order):
        derivatives: dict[tuple[str, ...], Term] = {}
        steps = list(found.steps)
        for (name,), formula in found.derivatives.items():
            if found.inputs[name] and done > 1:
                raise UsageError(
                    f"`--order` above 2 is for scalar inputs, and `{name}` has shape {found.inputs[name]}"
                )
            row, more = _again(found, formula, inputs, [name])
            derivatives[name,] = row[name]
            steps += more
        found = found._replace(derivatives=derivatives, steps=tuple(steps))
    return found


def _again(
    first: Derivation, formula: Term, inputs: Mapping[str, Any], names: list[str]
) -> tuple[dict[str, Term], tuple[Step, ...]]:
    """The derivatives of a formula, which is a program again."""
    program = compile(ExpressionPrinter(first.inputs)(formula), "<derivative>")
    used = {*program.inputs, *program.optional}
    given = {name: value for name, value in inputs.items() if name in used}
    moving = [name for name in names if name in program.inputs]
    found = {name: t.broadcast(t.ZERO, (*formula.shape, *first.inputs[name])) for name in names}
    if not moving:
        return found, ()
    derived = jacobian(Subject(program, given, {}, moving))
    found |= {name: each for (name,), each in derived.derivatives.items()}
    return found, derived.steps


def _recorded(subject: Subject) -> tuple[Recording, dict[str, Any]]:
    inputs = dict(subject.given)
    if subject.kinds:
        inputs = example_inputs(subject.program, subject.given, subject.kinds)
    recording = subject.program.record(inputs, subject.wrt, subject.const, unrolled=True)
    if subject.kinds:
        _refuse_decisions(recording, set(subject.kinds))
    return recording, inputs


def _derivation(recording: Recording, formulas: Formulas) -> Derivation:
    derivatives: dict[tuple[str, ...], Term] = {(path,): each for path, each in formulas.derivatives.items()}
    steps = tuple(formulas.simplifier.steps)
    conditions = tuple(_conditions(recording))
    return Derivation(formulas.value, derivatives, formulas.inputs, steps, conditions, recording.outputs)


# Decisions that the run took --------------------------------------------------------------------------------


def _refuse_decisions(recording: Recording, names: set[str]) -> None:
    """Raise an error when the program decides something by an input that has no value."""
    made_up = _dependents(recording.graph, names)
    for guard in recording.graph.guards:
        if guard.node.index in made_up:
            text = _text(recording.source, guard)
            option = " ".join(f"--{name} VALUE" for name in sorted(names))
            raise UsageError(
                f"the program decides by `{text}`, which depends on inputs without a value",
                span=guard.place.span if guard.place else None,
                source=recording.source,
                help=f"give values, and the formula is that of the path taken: {option}",
            )


def _dependents(graph: Graph, names: set[str]) -> set[int]:
    found: set[int] = set()
    for node in graph.nodes:
        name = node.static.get("name") if node.primitive is None else None
        if name in names or any(isinstance(each, Node) and each.index in found for each in node.operands):
            found.add(node.index)
    return found


def _conditions(recording: Recording) -> list[str]:
    """The conditions of the path taken with their outcomes: `norm(b) < 1000: true 5 times, then false`."""
    outcomes: dict[str, list[bool]] = {}
    for guard in recording.graph.guards:
        if guard.kind == "condition":
            outcomes.setdefault(_text(recording.source, guard), []).append(bool(guard.outcome))
    return [f"{text}: {_runs(each)}" for text, each in outcomes.items()]


def _runs(outcomes: list[bool]) -> str:
    parts: list[str] = []
    while outcomes:
        count = next((i for i, each in enumerate(outcomes) if each != outcomes[0]), len(outcomes))
        times = "" if count == 1 else f" {count} times"
        parts.append(f"{'true' if outcomes[0] else 'false'}{times}")
        outcomes = outcomes[count:]
    return ", then ".join(parts)


def _text(source: Source, guard: Guard) -> str:
    if guard.place is None:
        return "a condition"
    return " ".join(source.text[guard.place.start : guard.place.end].split())
