"""Single entries of arrays, and arrays put together from single entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.symbolic.rules.rule import table
from gradcli.symbolic.rules.shapes import ELEMENTWISE
from gradcli.symbolic.term import ONE, Shape, Term, add, broadcast, diagonal_matrix, eye, mul, number

_THROUGH = ELEMENTWISE | {"add", "mul"}
# Arrays of more entries are not written out.
MOST_ENTRIES = 64


def slices(index: Any) -> Any:
    """An index in hashable form as NumPy takes it."""
    if isinstance(index, tuple):
        if index[:1] == ("slice",):
            return slice(*index[1:])
        if index[:1] == ("list",):
            return [slices(each) for each in index[1:]]
        return tuple(map(slices, index))
    return index


def positions(index: Any, shape: Shape) -> np.ndarray:
    """The places in the flattened array of the entries that an index names."""
    named: np.ndarray = np.arange(int(np.prod(shape))).reshape(shape)[slices(index)]
    return np.asarray(named)


def entry(x: Term, place: int) -> Term:
    """One entry of an array, by its place in the flattened array."""
    if not x.shape:
        return x
    index = tuple(int(each) for each in np.unravel_index(place, x.shape))
    return Term("getitem", (x,), index if len(index) > 1 else index[0], ())


def all_entries(x: Term) -> Iterator[Term]:
    """Every entry of an array, in order."""
    return (entry(x, place) for place in range(int(np.prod(x.shape))))


def entries(parts: list[Term], shape: Shape) -> Term:
    """An array from its entries."""
    return Term("entries", tuple(parts), None, shape)


def read(term: Term) -> Term | None:
    """Reading one entry goes through functions of entries, and finds the entries of arrays written out."""
    x, index = term.args[0], term.static
    if x.op == "entries":
        found = positions(index, x.shape)
        parts = [x.args[place] for place in found.ravel()]
        return parts[0] if not term.shape else entries(parts, term.shape)
    if x.op == "broadcast" and not x.args[0].shape:
        return broadcast(x.args[0], term.shape)
    if term.shape:
        return None
    place = int(positions(index, x.shape))
    if x.op in ("getitem", "reshape", "transpose"):
        return _read_moved(x, place)
    if x.op == "broadcast":
        return _entry_of(x.args[0], place, x.shape)
    if x.op == "stack" and x.static == 0:
        row, column = divmod(place, int(np.prod(x.shape[1:])))
        return entry(x.args[row], column)
    if x.op in ("array", "eye"):
        values = np.eye(x.shape[0], x.shape[1]) if x.op == "eye" else np.array(x.static)
        return number(float(values.flat[place]))
    if x.op in _THROUGH:
        return Term(x.op, tuple(_entry_of(arg, place, x.shape) for arg in x.args), x.static, ())
    return None


def _read_moved(x: Term, place: int) -> Term:
    """The entry of an array whose entries are those of another in a different order."""
    source = np.arange(int(np.prod(x.args[0].shape))).reshape(x.args[0].shape)
    if x.op == "getitem":
        moved = source[slices(x.static)]
    else:
        moved = source.reshape(x.shape) if x.op == "reshape" else source.transpose(x.static)
    return entry(x.args[0], int(moved.flat[place]))


def _entry_of(arg: Term, place: int, shape: Shape) -> Term:
    """The entry of an operand that broadcasts to a shape."""
    own = np.broadcast_to(np.arange(int(np.prod(arg.shape))).reshape(arg.shape), shape)
    return entry(arg, int(own.flat[place]))


def written(term: Term) -> Term | None:
    """An array with an entry replaced, written out entry by entry."""
    base, value = term.args
    if int(np.prod(base.shape)) > MOST_ENTRIES:
        return None
    places = positions(term.static, base.shape)
    parts = list(all_entries(base))
    filled = np.broadcast_to(np.arange(int(np.prod(value.shape))).reshape(value.shape), places.shape)
    for place, source in zip(places.ravel(), filled.ravel(), strict=True):
        parts[place] = entry(value, int(source))
    return entries(parts, base.shape)


def scattered(term: Term) -> Term | None:
    """Values added at places of an array of zeros, written out entry by entry."""
    if int(np.prod(term.shape)) > MOST_ENTRIES:
        return None
    index, value = term.static, term.args[0]
    parts: list[list[Term]] = [[] for _ in range(int(np.prod(term.shape)))]
    places = positions(index, term.shape)
    filled = np.broadcast_to(np.arange(int(np.prod(value.shape))).reshape(value.shape), places.shape)
    for place, source in zip(places.ravel(), filled.ravel(), strict=True):
        parts[place].append(entry(value, int(source)))
    return entries([add(*each) if each else number(0) for each in parts], term.shape)


def entrywise(term: Term) -> Term | None:
    """A sum of arrays of which one is written out is written out; so is a number times one."""
    if not any(arg.op == "entries" and arg.shape == term.shape for arg in term.args):
        return None
    if term.op == "mul" and not all(arg.op == "entries" or not arg.shape for arg in term.args):
        return None
    parts = [
        Term(term.op, tuple(_entry_of(arg, place, term.shape) for arg in term.args), None, ())
        for place in range(int(np.prod(term.shape)))
    ]
    return entries(parts, term.shape)


def sum_of_entries(term: Term) -> Term | None:
    """The sum of an array that is written out."""
    x = term.args[0]
    return add(*x.args) if x.op == "entries" and not term.shape and len(x.args) > 0 else None


def alike(term: Term) -> Term | None:
    """[f(x[0]), f(x[1]), f(x[2])] is f(x)."""
    if len(term.shape) != 1 or len(term.args) < 2:
        return None
    if all(part == term.args[0] and not _reads(part) for part in term.args):
        return broadcast(term.args[0], term.shape)
    general = _generalised(term.args[0], 0, term.shape)
    if general.shape != term.shape:
        return None
    same = all(_generalised(part, place, term.shape) == general for place, part in enumerate(term.args))
    return general if same else None


def reshaped(term: Term) -> Term | None:
    """An array that is written out, in another shape."""
    x = term.args[0]
    return entries(list(x.args), term.shape) if x.op == "entries" else None


def diagonal(term: Term) -> Term | None:
    """[[a, 0], [0, b]] is diag([a, b]), and the identity where these are 1."""
    if len(term.shape) != 2 or term.shape[0] != term.shape[1]:
        return None
    n = term.shape[0]
    if any(part.value != 0 for place, part in enumerate(term.args) if place % (n + 1)):
        return None
    on_it = list(term.args[:: n + 1])
    return eye(n, n) if all(part == ONE for part in on_it) else diagonal_matrix(entries(on_it, (n,)))


def _reads(term: Term) -> bool:
    return term.op == "getitem" or any(map(_reads, term.args))


def _generalised(term: Term, place: int, shape: Shape) -> Term:
    """A term with `x[place]` replaced by x, for every vector x of the shape."""
    if term.op == "getitem" and term.static == place and term.args[0].shape == shape:
        return term.args[0]
    if term.op in ("add", "mul", "power"):
        args = tuple(_generalised(arg, place, shape) for arg in term.args)
        return {"add": add, "mul": mul}[term.op](*args) if term.op != "power" else _power(*args)
    if term.op in ELEMENTWISE:
        args = tuple(_generalised(arg, place, shape) for arg in term.args)
        return Term(term.op, args, term.static, shape if any(arg.shape for arg in args) else ())
    return term


def _power(base: Term, exponent: Term) -> Term:
    return Term("power", (base, exponent), None, base.shape or exponent.shape)


RULES = table(
    ("one entry", "getitem", read, "(x + y)[0] = x[0] + y[0]"),
    ("written out", "setitem", written, "an array with entries replaced, entry by entry"),
    ("scattered", "scatter_add", scattered, "values added at places of zeros, entry by entry"),
    ("entry by entry", "add mul", entrywise, "[a, b] + [c, d] = [a + c, b + d]"),
    ("sum of entries", "sum", sum_of_entries, "sum([a, b]) = a + b"),
    ("entries in another shape", "reshape", reshaped, "reshape([a, b], (2, 1)) = [[a], [b]]"),
    ("diagonal matrix", "entries", diagonal, "[[a, 0], [0, b]] = diag([a, b])"),
    ("entries alike", "entries", alike, "[f(x[0]), f(x[1])] = f(x)"),
)
