"""Mutants of the derivative rules: each rule of the table perturbed in turn, and whether the tests notice.

`python -m tests.primitives.mutants [NAME…]` perturbs every rule (of all primitives, or those named) in four
ways: the opposite sign, half as much again, a millionth more, the first two operands swapped. It runs the
checks of test_table.py on it, prints the mutants that survive, and the score. What changes no value at
any sample (rules that give zeros or NaN, operands that may be swapped) is no mutant.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.nodes import value_of
from gradcli.autodiff.primitive import Elementwise, General, Linear, Multilinear, Primitive
from gradcli.autodiff.slopes import slopes_of
from gradcli.primitives.table import FUNCTIONS, PRIMITIVES
from tests.primitives import test_table

# A primitive that no program calls by itself is seen in the results of another.
SEEN_IN = {"output": "slogdet"}
FACTORS = {"sign": -1.0, "factor": 1.5, "millionth": 1.0 + 1e-6}


class Mutant(NamedTuple):
    """One perturbed rule: of which primitive, in which place of its derivative, and how it is perturbed."""

    primitive: Primitive
    place: str
    kind: str
    derivative: Any
    differs: list[bool]  # filled when the perturbed rule gives another value

    def __str__(self) -> str:
        return f"{self.primitive.name} {self.place} {self.kind}"


def scaled(value: Any, factor: float) -> Any:
    """A cotangent, or several of them, times a factor."""
    if value is None:
        return None
    if isinstance(value, tuple | list):
        return type(value)(scaled(each, factor) for each in value)
    return FUNCTIONS["multiply"].call(value, factor)


def rule_scaled(rule: Any, factor: float, differs: list[bool]) -> Any:
    if not callable(rule):
        differs.append(True)
        return rule * factor

    def perturbed(*operands: Any, **static: Any) -> Any:
        right = rule(*operands, **static)
        wrong = scaled(right, factor)
        if not same(right, wrong):
            differs.append(True)
        return wrong

    return perturbed


def rule_swapped(rule: Callable[..., Any], first: int, differs: list[bool]) -> Callable[..., Any]:
    """The rule with the operands at `first` and after it exchanged; what fails then is noticed as well."""

    def swapped(*operands: Any, **static: Any) -> Any:
        given = list(operands)
        given[first], given[first + 1] = given[first + 1], given[first]
        right = rule(*operands, **static)
        try:
            wrong = rule(*given, **static)
        except Exception:
            differs.append(True)
            raise
        if not same(right, wrong):
            differs.append(True)
        return wrong

    return swapped


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return all(map(same, a, b))
    if a is None or b is None:
        return a is b
    return np.array_equal(np.asarray(value_of(a)), np.asarray(value_of(b)), equal_nan=True)


def mutants(primitive: Primitive) -> Iterator[Mutant]:
    """Every mutant of a primitive."""
    for place, rule, first, build in places(primitive.derivative):
        for kind, factor in FACTORS.items():
            differs: list[bool] = []
            yield Mutant(primitive, place, kind, build(rule_scaled(rule, factor, differs)), differs)
        if callable(rule) and fewest_operands(primitive) > 1:
            differs = []
            yield Mutant(primitive, place, "swap", build(rule_swapped(rule, first, differs)), differs)


def fewest_operands(primitive: Primitive) -> int:
    return min((len(sample.operands) for sample in test_table.SAMPLES[primitive.name]), default=0)


def places(derivative: Any) -> Iterator[tuple[str, Any, int, Callable[[Any], Any]]]:
    """Each rule of a derivative: its name, itself, where its operands begin, what puts another in place."""
    if isinstance(derivative, Elementwise):
        yield from each_of("partial", derivative.partials, 1, Elementwise)
    elif isinstance(derivative, Linear | Multilinear):
        yield from each_of("transpose", derivative.transposes, 1, type(derivative))
    elif isinstance(derivative, General):
        yield "jvp", derivative.jvp, 2, lambda rule: General(rule, derivative.vjps)
        first = 2 if isinstance(derivative.vjps, tuple) else 3
        yield from each_of("vjp", derivative.vjps, first, lambda rules: General(derivative.jvp, rules))


def each_of(
    name: str, rules: Any, first: int, build: Callable[[Any], Any]
) -> Iterator[tuple[str, Any, int, Callable[[Any], Any]]]:
    if not isinstance(rules, tuple):
        yield name, rules, first, build
        return
    for at, rule in enumerate(rules):
        if rule is not None:
            yield f"{name} {at}", rule, first, lambda new, at=at: build((*rules[:at], new, *rules[at + 1 :]))


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """While this lasts, the primitive has the mutant's derivative."""
    primitive, derivative = mutant.primitive, mutant.primitive.derivative
    primitive.derivative = mutant.derivative
    primitive.partials = getattr(mutant.derivative, "partials", None)
    slopes_of.cache_clear()
    try:
        yield
    finally:
        primitive.derivative = derivative
        primitive.partials = getattr(derivative, "partials", None)
        slopes_of.cache_clear()


def is_noticed(mutant: Mutant) -> bool:
    """Whether a check of the table fails with the mutant in place."""
    checks = (
        test_table.test_forward_agrees_with_reverse,
        test_table.test_derivatives_agree_with_differences,
    )
    subject = PRIMITIVES[SEEN_IN.get(mutant.primitive.name, mutant.primitive.name)]
    samples = [case.values[1] for case in test_table.SMOOTH if case.values[0] is subject]
    with in_place(mutant), np.errstate(all="ignore"):
        for check in checks:
            for sample in samples:
                try:
                    check(subject, sample)
                except Exception:
                    return True
    return False


def survivors(primitive: Primitive) -> tuple[int, list[str]]:
    """How many mutants a primitive has, and those that no check notices."""
    count, found = 0, []
    for mutant in mutants(primitive):
        noticed = is_noticed(mutant)
        if mutant.differs:
            count += 1
            if not noticed:
                found.append(str(mutant))
    return count, found


def main() -> None:
    started = time.perf_counter()
    names = sys.argv[1:] or sorted(PRIMITIVES)
    total, alive = 0, 0
    for name in names:
        count, found = survivors(PRIMITIVES[name])
        total, alive = total + count, alive + len(found)
        for each in found:
            print(f"survives: {each}", flush=True)
    took = time.perf_counter() - started
    print(f"{total - alive} of {total} mutants noticed ({len(names)} primitives) in {took:.0f} s")


if __name__ == "__main__":
    main()
