"""Einstein summation over any number of operands: one primitive, its transposes Einstein summations again."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Multilinear
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import Shape, describe
from gradcli.primitives.arithmetic import as_float, chain
from gradcli.primitives.shape import reshape
from gradcli.primitives.table import function, plain, primitive

FAMILY = "linear algebra"

# From about this many products on, looking for a good order of contraction pays.
_OPTIMIZE_FROM = 10_000


# Subscripts -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _explicit(subscripts: str, shapes: tuple[Shape, ...]) -> str:
    """Subscripts with the output written out and letters in place of `...`, checked against the operands."""
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(shapes):
        _fail(subscripts, shapes, f"subscripts for {len(inputs)} operands, {len(shapes)} given")
    stray = set(text) - set(string.ascii_letters) - set(",->.")
    if stray:
        _fail(subscripts, shapes, f"`{min(stray)}` is no subscript; letters are")
    free = _fresh(text)
    ranks = [
        _ellipsis_rank(each, shape, subscripts, shapes) for each, shape in zip(inputs, shapes, strict=True)
    ]
    stack = "".join(next(free) for _ in range(max(ranks, default=0)))
    inputs = [each.replace("...", stack[len(stack) - n :]) for each, n in zip(inputs, ranks, strict=True)]
    if not arrow:
        once = sorted(label for label in set(left) & set(string.ascii_letters) if left.count(label) == 1)
        output = "..." + "".join(once)
    output = output.replace("...", stack)
    unknown = [
        label for label in output if output.count(label) > 1 or not any(label in each for each in inputs)
    ]
    if unknown:
        _fail(subscripts, shapes, f"the output names `{unknown[0]}` twice, or no operand has it")
    return f"{','.join(inputs)}->{output}"


def _ellipsis_rank(term: str, shape: Shape, subscripts: str, shapes: Sequence[Shape]) -> int:
    """How many axes of an operand its `...` stands for."""
    named = len(term.replace("...", ""))
    rank = len(shape) - named
    if "." in term.replace("...", "", 1) or (rank and "..." not in term) or rank < 0:
        _fail(subscripts, shapes, f"`{term}` does not fit an operand with {len(shape)} axes")
    return rank


def _fresh(used: str) -> Iterator[str]:
    return iter([letter for letter in string.ascii_letters if letter not in used])


def _fail(subscripts: str, shapes: Sequence[Shape], fault: str) -> None:
    given = ", ".join(map(str, shapes))
    raise EvaluationError(f'`einsum` of "{subscripts}" with shapes {given}: {fault}')


def _sizes(inputs: Sequence[str], shapes: Sequence[Shape], subscripts: str) -> dict[str, int]:
    """The size of each subscript; axes of size 1 broadcast."""
    sizes: dict[str, int] = {}
    for term, shape in zip(inputs, shapes, strict=True):
        for label, size in zip(term, shape, strict=True):
            known = sizes.get(label, 1)
            if 1 not in (known, size) and known != size:
                _fail(subscripts, shapes, f"the sizes {known} and {size} of `{label}` differ")
            sizes[label] = size if known == 1 else known
    return sizes


# The primitive ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _plan(subscripts: str, shapes: tuple[Shape, ...]) -> tuple[Shape, bool]:
    """The shape of the result, and whether to look for an order of contraction."""
    inputs, output = _split(subscripts)
    sizes = _sizes(inputs, shapes, subscripts)
    work = math.prod(sizes.values())
    return tuple(sizes[label] for label in output), len(shapes) > 1 and work > _OPTIMIZE_FROM


def _einsum(*operands: Any, subscripts: str, cotangent: bool = False) -> Any:
    shape, optimize = _plan(subscripts, tuple(map(shape_of, operands)))
    check_elements(shape)
    result = np.einsum(subscripts, *map(as_float, operands), optimize=optimize)
    if cotangent and np.isnan(np.add.reduce(result, axis=None)):
        result = _annihilated(subscripts, *map(as_float, operands))
    return plain(result)


def _annihilated(subscripts: str, g: Any, *others: Any) -> Any:
    """The sum in which zeros of the first operand, a cotangent, give 0 even times inf or NaN (`chain`)."""
    (term, *terms), output = _split(subscripts)
    if not others:
        return np.einsum(subscripts, g)
    beside = "".join(dict.fromkeys("".join(terms)))
    every = beside + "".join(label for label in term if label not in beside)
    sizes = _sizes([term, *terms], [shape_of(each) for each in (g, *others)], subscripts)
    check_elements([sizes[label] for label in every])
    product = np.einsum(f"{','.join(terms)}->{beside}", *others)
    order = "".join(label for label in every if label in term)
    own = [shape_of(g)[term.index(label)] if label in term else 1 for label in every]
    spread = np.einsum(f"{term}->{order}", g).reshape(own)
    padded = product.reshape(np.shape(product) + (1,) * (len(every) - len(beside)))
    return np.einsum(f"{every}->{output}", np.broadcast_to(chain(spread, padded), [sizes[c] for c in every]))


def _split(subscripts: str) -> tuple[list[str], str]:
    left, _, output = subscripts.partition("->")
    return left.split(","), output


def _einsum_transpose(position: int, g: Any, *operands: Any, subscripts: str, cotangent: bool = False) -> Any:
    """The cotangent contracted with all other operands, over the subscripts that this one lacks.

    A subscript that only this operand has is filled with ones, and one that it repeats with an identity
    matrix; an axis of size 1 that was broadcast is summed.
    """
    inputs, output = _split(subscripts)
    sizes = _sizes(inputs, [shape_of(each) for each in operands], subscripts)
    shape = shape_of(operands[position])
    terms = [output, *inputs[:position], *inputs[position + 1 :]]
    factors = [g, *operands[:position], *operands[position + 1 :]]
    present = _sizes(terms, [shape_of(each) for each in factors], subscripts)
    free = _fresh("".join((subscripts, *terms)))
    target = ""
    for label, size in zip(inputs[position], shape, strict=True):
        if size != sizes[label]:
            continue
        if label in target:
            twin = next(free)
            terms.append(label + twin)
            factors.append(np.eye(size))
            target += twin
        else:
            if present.get(label, 1) != size or label not in present:
                terms.append(label)
                factors.append(np.ones(size))
            target += label
    result = einsum_primitive(*factors, subscripts=f"{','.join(terms)}->{target}", cotangent=True)
    return result if shape_of(result) == shape else reshape(result, shape=shape)


def _einsum_batch(mapped: Sequence[bool], *operands: Any, subscripts: str, cotangent: bool = False) -> Any:
    inputs, output = _split(subscripts)
    batch = next(_fresh(subscripts))
    terms = [batch + term if each else term for term, each in zip(inputs, mapped, strict=True)]
    return _einsum(*operands, subscripts=f"{','.join(terms)}->{batch}{output}", cotangent=cotangent)


einsum_primitive = primitive("einsum", _einsum, Multilinear(_einsum_transpose), batch=_einsum_batch)


@function(
    FAMILY, "the sum of products that the subscripts describe",
    derivative="einsum of g and the other operands",
    convention="without `->` the output has the subscripts that occur once, sorted; `...` stands for axes",
    example='einsum("ij,jk->ik", [[1, 2], [3, 4]], [[1, 0], [0, 1]])',
)  # fmt: skip
def einsum(subscripts: str, *operands: Any) -> Any:
    """NumPy's `einsum` with subscripts as text."""
    if not isinstance(subscripts, str):
        raise EvaluationError(f"`einsum` begins with its subscripts as a text, not {describe(subscripts)}")
    return einsum_primitive(*operands, subscripts=_explicit(subscripts, tuple(map(shape_of, operands))))
