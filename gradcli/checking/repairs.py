"""Repairs: the one change in the text of a claim that makes it right says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any, TypeAlias

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.checking.claims import Claim, read_claims
from gradcli.checking.records import Diagnosis
from gradcli.checking.sightings import Sighting
from gradcli.errors import GradcliError
from gradcli.language import tree
from gradcli.language.source import Span
from gradcli.records import NamedTuple

MAX_REPAIRS = 400
MAX_TEXT = 200  # of a claim that is worth so many trials
MAX_SHOWN = 60
CLOSE = 1e-9
ENOUGH = 3  # entries, at all points together, that must agree

_OPPOSITES = {"+": "-", "-": "+", "*": "/", "/": "*", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ALIKE = (
    ("sin", "cos"), ("sinh", "cosh"), ("sum", "mean"), ("max", "min"), ("maximum", "minimum"),
    ("log", "log2"), ("log", "log10"), ("log", "log1p"), ("exp", "expm1"), ("sin", "sinh"), ("cos", "cosh"),
    ("tan", "tanh"), ("asin", "acos"), ("prod", "sum"), ("argmax", "argmin"),
)  # fmt: skip
_CONVERTED = re.compile(r"(.+?)\s*\*\s*pi\s*/\s*180")
_IN_DEGREES = ("sin", "cos", "tan")

# What diagnoses of other origin call the same mistakes; all others are called as they are described.
_KINDS = {"a missing transpose": "transposed", "a transpose too much": "transposed", "wrong sign": "sign"}


class Repair(NamedTuple):
    """A change of a text: what to put in the place of a part, and which mistake that undoes."""

    span: Span
    text: str
    mistake: str


Repairs: TypeAlias = Callable[[Any, str], Iterator[Repair]]  # of a tree, with its text


def transpose_at_fault(sightings: Sequence[Sighting], claims: Sequence[Claim]) -> Diagnosis | None:
    """The matrix in a claim that ought to be transposed, or ought not to be."""
    subject: Any = sightings[0].subject
    has_matrices = any(len(shape_of(node)) == 2 for node in subject.graph.nodes)
    return _repaired(sightings, claims, _transposes) if has_matrices else None


def slip_at_fault(sightings: Sequence[Sighting], claims: Sequence[Claim]) -> Diagnosis | None:
    """The sign, name, number, operator or function in a claim that ought to be another."""
    subject: Any = sightings[0].subject
    names = [*subject.recording.inputs, *subject.recording.variables]
    addends = list(dict.fromkeys(_addends(subject.program)))
    return _repaired(sightings, claims, lambda module, text: _slips(module, text, names, addends))


def _repaired(sightings: Sequence[Sighting], claims: Sequence[Claim], repairs: Repairs) -> Diagnosis | None:
    """One repair for every claim that is wrong."""
    bad = [claim for claim in claims if sightings[0].wrong[:, claim.columns].any()]
    kinds, texts = [], []
    for claim in bad:
        if claim.program is None or len(claim.program.source.text) > MAX_TEXT:
            return None
        tried = islice(repairs(claim.program.tree, claim.program.source.text), MAX_REPAIRS)
        repair = next((each for each in tried if _agrees(each, claim, sightings)), None)
        if repair is None:
            return None
        kinds.append(repair.mistake)
        texts.append(_described(repair, claim))
    return Diagnosis(_KINDS.get(kinds[0], kinds[0]), "; ".join(dict.fromkeys(texts))) if bad else None


def _described(repair: Repair, claim: Claim) -> str:
    old = _source(claim)[repair.span.start : repair.span.end]
    whole = _changed(repair, claim)
    shown = f", as in `{whole}`" if repair.text != whole and len(whole) <= MAX_SHOWN else ""
    return f"{repair.mistake}: `{old}` in the claim for `{claim.name}` should be `{repair.text}`{shown}"


def _source(claim: Claim) -> str:
    return claim.program.source.text if claim.program is not None else ""


def _changed(repair: Repair, claim: Claim) -> str:
    text = _source(claim)
    return text[: repair.span.start] + repair.text + text[repair.span.end :]


def _agrees(repair: Repair, claim: Claim, sightings: Sequence[Sighting]) -> bool:
    """Whether the repaired claim is right at every point, and these are enough to tell."""
    seen = 0
    for sighting in sightings:
        subject: Any = sighting.subject
        try:
            found = read_claims(subject, {claim.name: _changed(repair, claim)})
        except GradcliError:
            return False
        for each in found:
            right, error = sighting.right[:, each.columns], sighting.error[:, each.columns]
            allowed = error + CLOSE * np.maximum(np.abs(right), 1e-6 * np.max(np.abs(right), initial=0.0))
            if not (np.abs(each.block - right) <= allowed).all():
                return False
            seen += int(np.count_nonzero(right))
    return seen >= ENOUGH


# What may be changed ----------------------------------------------------------------------------------------


def _expressions(node: Any) -> Iterator[Any]:
    """The expressions in a tree, from the outside in; not the names of functions that are called."""
    if isinstance(node, Span) or not isinstance(node, tuple):
        return
    if hasattr(node, "span"):
        yield node
    inner = node
    if isinstance(node, tree.Call):
        inner = (node.function.base, *node[1:]) if isinstance(node.function, tree.Attribute) else node[1:]
    for each in inner:
        yield from _expressions(each)


def _transposes(module: Any, text: str) -> Iterator[Repair]:
    for node in _expressions(module):
        old = text[node.span.start : node.span.end]
        if isinstance(node, tree.Attribute) and node.name == "T":
            base = node.base.span
            yield Repair(node.span, text[base.start : base.end], "a transpose too much")
        elif isinstance(node, (tree.Name, tree.Call, tree.Subscript)):
            yield Repair(node.span, f"{old}.T", "a missing transpose")
            yield Repair(node.span, f"({old} + {old}.T)/2", "right for symmetric matrices only")
        elif isinstance(node, tree.Binary):
            yield Repair(node.span, f"({old}).T", "a missing transpose")


def _addends(program: Any) -> Iterator[str]:
    """What is added or subtracted anywhere in a program: `+ b`, `- y`."""
    text = program.source.text
    for node in _expressions(program.tree):
        if isinstance(node, tree.Binary) and node.rest[0][0] in "+-":
            for operator, operand in (("+", node.first), *node.rest):
                yield f"{operator} {text[operand.span.start : operand.span.end]}"


def _slips(module: Any, text: str, names: Sequence[str], addends: Sequence[str]) -> Iterator[Repair]:
    for change in _CHANGES:
        for node in _expressions(module):
            yield from change(node, text)
    for node in _expressions(module):
        if isinstance(node, tree.Name):
            yield from (Repair(node.span, name, "wrong name") for name in names if name != node.name)
    yield from _exchanges(module, text)
    for node in _expressions(module):
        old = text[node.span.start : node.span.end]
        yield from (Repair(node.span, f"({old} {addend})", "a forgotten term") for addend in addends)


def _exchanges(module: Any, text: str) -> Iterator[Repair]:
    """Two names, each in the place of the other throughout."""
    uses = [node for node in _expressions(module) if isinstance(node, tree.Name)]
    for one, other in combinations(dict.fromkeys(node.name for node in uses), 2):
        parts, end = [], 0
        for node in sorted(uses, key=lambda each: each.span.start):
            parts += [text[end : node.span.start], {one: other, other: one}.get(node.name, node.name)]
            end = node.span.end
        yield Repair(Span(0, len(text)), "".join([*parts, text[end:]]), f"`{one}` and `{other}` exchanged")


def _signs(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, (tree.Name, tree.Call)):
        yield _negated(node, text)
    if isinstance(node, tree.Unary) and node.operators == ("-",):
        yield Repair(node.span, text[node.operand.span.start : node.operand.span.end], "wrong sign")


def _signs_of_terms(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, tree.Power) or (isinstance(node, tree.Binary) and node.rest[0][0] not in "+-"):
        yield _negated(node, text)


def _negated(node: Any, text: str) -> Repair:
    old = text[node.span.start : node.span.end]
    alone = text[: node.span.start].rstrip()[-1:] in ("", "(", ",", "=", "[")
    return Repair(node.span, f"-{old}" if alone else f"(-{old})", "wrong sign")


def _swaps(node: Any, text: str) -> Iterator[Repair]:
    """`b - a` for `a - b`, and the like."""
    if not isinstance(node, tree.Binary) or len(node.rest) != 1 or node.rest[0][0] not in ("-", "/", "@"):
        return
    first, second = node.first, node.rest[0][1]
    left, right = (text[each.span.start : each.span.end] for each in (first, second))
    span = Span(first.span.start, second.span.end)
    yield Repair(span, f"{right}{text[first.span.end : second.span.start]}{left}", "swapped")


def _numbers(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, tree.Number):
        value = node.value
        for other in (value + 1, value - 1, 2 * value, value / 2, 3 * value, value / 3):
            shown = f"{other:.16g}" if other >= 0 else f"({other:.16g})"
            yield Repair(node.span, shown, "wrong number")


def _sides(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, tree.Compare):
        yield from _opposites(node, text, "the other side of a branch or a clamp")


def _operators(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, tree.Binary):
        yield from _opposites(node, text, "wrong operator")


def _integer_divisions(node: Any, text: str) -> Iterator[Repair]:
    if not isinstance(node, tree.Binary):
        return
    before = node.first
    for operator, operand in node.rest:
        if operator == "//":
            start = text.index("//", before.span.end)
            yield Repair(Span(start, start + 2), "/", "integer division")
        before = operand


def _opposites(node: Any, text: str, mistake: str) -> Iterator[Repair]:
    """`-` for `+`, `<` for `>`: only the operator is changed."""
    before = node.first
    for operator, operand in node.rest:
        if operator in _OPPOSITES:
            start = text.index(operator, before.span.end)
            yield Repair(Span(start, start + len(operator)), _OPPOSITES[operator], mistake)
        before = operand


def _squares(node: Any, text: str) -> Iterator[Repair]:
    if isinstance(node, (tree.Name, tree.Call)):
        yield Repair(node.span, f"{text[node.span.start : node.span.end]}**2", "a missing square")
    if isinstance(node, tree.Power) and text[node.operands[-1].span.start : node.span.end] == "2":
        base = node.operands[0].span
        yield Repair(node.span, text[base.start : base.end], "a square too much")


def _functions(node: Any, text: str) -> Iterator[Repair]:
    """Another function, none at all, or radians for degrees."""
    if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name) or not node.arguments:
        return
    name, argument = node.function.name, node.arguments[0].value.span
    inner = text[argument.start : argument.end]
    for pair in _ALIKE:
        if name in pair:
            other = pair[1] if name == pair[0] else pair[0]
            yield Repair(node.function.span, other, "wrong function")
    if name in _IN_DEGREES:
        in_radians = _CONVERTED.fullmatch(inner)
        if in_radians:
            yield Repair(argument, in_radians[1], "degrees")
        yield Repair(argument, f"radians({inner})", "degrees")
    if len(node.arguments) == 1:
        yield Repair(node.span, f"({inner})", "a function too much")


# In this order: the smaller the change, the earlier.
_CHANGES: tuple[Callable[[Any, str], Iterator[Repair]], ...] = (
    _sides, _signs, _squares, _swaps, _integer_divisions, _numbers, _operators, _functions, _signs_of_terms,
)  # fmt: skip
