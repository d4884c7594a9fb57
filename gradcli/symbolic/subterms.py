"""What a term is made of, all the way down: its parts, its inputs, and whether it holds for one size only."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.symbolic.term import Shape, Term


def subterms(term: Term) -> Iterator[Term]:
    """A term and all that it is made of, each once."""
    seen: set[Term] = set()
    stack = [term]
    while stack:
        each = stack.pop()
        if each not in seen:
            seen.add(each)
            yield each
            stack.extend(each.args)


def depends_on(term: Term, name: str) -> bool:
    """Whether an input occurs in a term."""
    return any(each.op == "input" and each.static == name for each in subterms(term))


def is_for_one_size(term: Term) -> bool:
    """Whether a term writes entries out, so that it is right for inputs of these sizes only."""
    return any(
        each.op in ("entries", "array", "concatenate")
        or (each.op == "reshape" and _without_ones(each.shape) != _without_ones(each.args[0].shape))
        for each in subterms(term)
    )


def _without_ones(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)
