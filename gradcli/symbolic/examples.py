"""Example inputs where only the kind is known: sizes that fit, and numbers in general position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

import numpy as np

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import shape_of
from gradcli.errors import EvaluationError, GradcliError, UsageError
from gradcli.program import Program, compile

# What may be declared, and how many axes it has.
KINDS = {"scalar": 0, "vector": 1, "matrix": 2}
_SIZES = (3, 4, 2)  # never 1, which would broadcast
_MOST_TRIALS = 3000
_MOST_FREE = 11  # axes whose lengths are chosen: of two each, that is 2048 trials
_MOST_STEPS = 100_000


def example_inputs(program: Program, given: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """The given values, and examples for the declared names, of the first sizes with which the program runs.

    Raises `UsageError` when there are no such sizes.
    """
    ranks = {name: KINDS[kind] for name, kind in kinds.items()}
    failure: GradcliError | None = None
    fallback: dict[str, Any] | None = None
    for sizes in islice(_sizes(sum(ranks.values())), _MOST_TRIALS):
        inputs = {**given, **_examples(ranks, sizes)}
        try:
            recording = program.record(inputs, unrolled=True, max_steps=_MOST_STEPS)
        except EvaluationError as error:
            failure = failure or error
        else:
            fallback = fallback or inputs
            if _is_usual(recording.graph):
                return inputs
    if fallback is not None:
        return fallback
    assert failure is not None
    scalars = [name for name, kind in kinds.items() if kind == "scalar"]
    counted = f"{', '.join(f'`{name}`' for name in scalars)} counted as scalars; " if scalars else ""
    declared = " ".join(f"--{name} matrix" for name in scalars[:1]) or f"--{next(iter(kinds))} vector"
    raise UsageError(
        f"no example inputs fit the program: {failure.message}",
        span=failure.span,
        source=failure.source,
        help=f"{counted}declare the kinds (such as {declared}) or give values",
    )


def _is_usual(graph: Graph) -> bool:
    """Whether traces are of square matrices, as everybody means it though NumPy takes others."""
    traces = (node for node in graph.nodes if node.primitive is not None and node.primitive.name == "trace")
    shapes = (shape_of(node.operands[0]) for node in traces)
    return all(shape[-1] == shape[-2] for shape in shapes)


def _sizes(count: int) -> Iterator[tuple[int, ...]]:
    """Lengths for the axes, those with the most different ones first; of very many the last are alike."""
    choices = _SIZES if count <= 6 else _SIZES[:2]
    free = sorted(product(choices, repeat=min(count, _MOST_FREE)), key=lambda sizes: -len(set(sizes)))
    return ((*sizes, *_SIZES[:1] * (count - len(sizes))) for sizes in free)


def holds_for_other_sizes(
    program: Program, given: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], formula: str
) -> bool:
    """Whether the formula of a program's value is right when the declared inputs, of `shapes`, are larger.

    `sum(x)/len(x)` is, but a count such as `x.size - 1` has become a number. A program that only runs with
    the sizes given holds for all that there are.
    """
    ranks = {name: len(shape) for name, shape in shapes.items()}
    sizes = tuple(2 * length + 1 for shape in shapes.values() for length in shape)
    inputs = {**given, **_examples(ranks, sizes)}
    try:
        expected = program.value(inputs, max_steps=_MOST_STEPS)
    except GradcliError:
        return True
    try:
        written = compile(formula, "<formula>")
        found = written.value({name: inputs[name] for name in written.inputs}, max_steps=_MOST_STEPS)
    except GradcliError:
        return False
    return np.shape(found) == np.shape(expected) and bool(np.allclose(found, expected, equal_nan=True))


def _examples(ranks: Mapping[str, int], sizes: tuple[int, ...]) -> dict[str, Any]:
    rng = np.random.default_rng(2024)
    lengths = iter(sizes)
    found: dict[str, Any] = {}
    for name, rank in ranks.items():
        shape = tuple(next(lengths) for _ in range(rank))
        value = rng.uniform(0.5, 1.5, shape)
        if rank == 2 and shape[0] == shape[1]:
            value += len(value) * np.eye(len(value))  # positive definite, so that it has a logarithm
        found[name] = value if rank else float(value)
    return found
