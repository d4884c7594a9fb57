"""What primitives do to sparse linear maps, by the kind of primitive: no rule here knows a derivative.

Each rule takes a primitive's operands, at least one of them `Terms`, and its static parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.batch import evaluate_rows
from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.autodiff.terms import Parts, Terms, folded, full, total
from gradcli.primitives.arithmetic import chain
from gradcli.primitives.indexing import is_basic
from gradcli.primitives.rows import with_rank

_ALL = slice(None)


def applied(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """The terms of the map that a primitive makes of maps; None where it had better be made densely."""
    rule = _RULES.get(primitive.name)
    if rule is None or (rule not in _OF_DENSE and _is_dense(operands)):
        return None
    return rule(primitive, operands, static)


def _is_dense(operands: tuple[Operand, ...]) -> bool:
    return any(type(each) is Terms and each.columns is None for each in operands)


def _scaled(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """An elementwise product of one map and plain values: its coefficients are multiplied.

    A coefficient of 0 stays 0, whatever it is multiplied by.
    """
    mapped = tuple([type(each) is Terms for each in operands])
    terms = operands[mapped.index(True)]
    columns, before = terms.columns, terms.values
    given = [before if each is terms else each for each in operands]
    if all(np.ndim(each) < before.ndim for each in given if each is not before):
        values = primitive.evaluate(*given, **static)  # whose ranks are aligned as they are
    else:
        values = evaluate_rows(primitive, mapped, given, static, len(before))
        before = with_rank(before, values.ndim)
        columns = columns if columns is None else with_rank(columns, values.ndim)
    if primitive is not chain and np.isnan(np.add.reduce(values, axis=None)):
        values = np.where(before == 0.0, 0.0, values)
    return columns, values


def _added(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """An elementwise primitive that is linear in its maps together: the sum over each of them alone."""
    shape = np.broadcast_shapes(*map(shape_of, operands))
    rank = 1 + len(shape)
    parts = []
    for each in operands:
        if type(each) is Terms:
            alone = tuple([own if own is each or type(own) is not Terms else 0.0 for own in operands])
            columns, values = _scaled(primitive, alone, static)
            values = np.broadcast_to(with_rank(values, rank), (len(values), *shape))
            parts.append((with_rank(columns, rank), values))
    return parts[0] if len(parts) == 1 else total(*parts)


def _plus(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """The sum of two maps, for which nothing need be evaluated where the shapes are the same."""
    x, y = operands
    if type(x) is Terms is type(y) and x is not y and x.values.shape[1:] == y.values.shape[1:]:
        if (x.columns is None) is (y.columns is None):
            return total(x.parts, y.parts)
        return None
    return None if _is_dense(operands) else _added(primitive, operands, static)


def _moved(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """A primitive that moves entries about, or fills up with zeros: columns go where their entries go."""
    batch: Any = primitive.batch
    if len(operands) == 1:
        (terms,) = operands
        return batch((True,), full(terms.parts), **static), batch((True,), terms.values, **static)
    mapped = tuple([type(each) is Terms for each in operands])
    count = max([len(each.values) for each in operands if type(each) is Terms])
    columns = [
        _lengthened(full(each.parts), count) if type(each) is Terms else np.zeros(shape_of(each))
        for each in operands
    ]
    values = [_lengthened(each.values, count) if type(each) is Terms else each for each in operands]
    return batch(mapped, *columns, **static), batch(mapped, *values, **static)


def _lengthened(x: np.ndarray, count: int) -> np.ndarray:
    return x if len(x) == count else np.concatenate([x, np.zeros((count - len(x), *x.shape[1:]))])


def _picked(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """Entries picked by an array of positions."""
    terms, indices = operands
    batch: Any = primitive.batch
    mapped = (True, False)
    return batch(mapped, full(terms.parts), indices, **static), batch(mapped, terms.values, indices, **static)


def _written(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """`base[index] = value`, of which either may be plain zeros."""
    base, value = operands
    index = static["index"]
    if not is_basic(index) or len(shape_of(value)) > len(shape_of(base)):
        return _moved(primitive, operands, static)
    places = _places(index)
    count = max([len(each.values) for each in operands if type(each) is Terms])
    written = []
    for part in (0, 1):
        into = np.zeros((count, *shape_of(base)))
        if type(base) is Terms:
            into[: len(base.values)] = base.parts[part]
            into[places] = 0.0
        if type(value) is Terms:
            entry = into[: len(value.values)]
            entry[places] = with_rank(value.parts[part], entry[places].ndim)
        written.append(into)
    return written[0], written[1]


def _places(index: Any) -> Any:
    """An index into an array as one into the entries of all terms."""
    return (_ALL, *index) if type(index) is tuple else (_ALL, index)


def _scattered(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """Entries added into zeros; those that fall on one place become terms of it, layer by layer."""
    (terms,), index, shape = operands, static["index"], static["shape"]
    if not is_basic(index):
        return _layered(terms, np.arange(math.prod(shape)).reshape(shape)[index], shape)
    places = _places(index)
    columns, values = (np.zeros((len(terms.values), *shape)) for _ in range(2))
    columns[places] = full(terms.parts)
    values[places] = terms.values
    return columns, values


def _layered(terms: Terms, places: np.ndarray, shape: tuple[int, ...]) -> Parts:
    flat = places.ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
    layer = np.empty_like(flat)
    layer[order] = np.arange(len(flat)) - np.repeat(starts, np.diff(starts, append=len(flat)))
    layers = int(layer.max(initial=0)) + 1
    spread = []
    for part in (full(terms.parts), terms.values):
        into = np.zeros((layers, len(part), math.prod(shape)))
        into[layer, :, flat] = part.reshape(len(part), len(flat)).T
        spread.append(into.reshape(-1, *shape))
    return spread[0], spread[1]


def _spread(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """`broadcast_to`, under which columns may stay as they are."""
    (terms,), rank = operands, 1 + len(static["shape"])
    values = with_rank(terms.values, rank)
    return with_rank(terms.columns, rank), np.broadcast_to(values, (len(values), *static["shape"]))


def _summed(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    """A sum over axes: the terms of all entries that are summed."""
    (terms,) = operands
    columns, values = folded(terms.parts, static["axis"])
    if static["keepdims"]:
        kept = [1 if i in static["axis"] else n for i, n in enumerate(terms.shape)]
        columns = np.broadcast_to(columns, values.shape).reshape(len(values), *kept)
        values = values.reshape(len(values), *kept)
    return columns, values


def _multiplied(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts | None:
    """`x @ y` as elementwise products summed over the inner axis, unless that makes more terms than seeds."""
    x, y = operands
    if primitive.name == "matmul" and len(shape_of(y)) > 1:
        y = _at(y, (..., None, _ALL, _ALL)) if len(shape_of(x)) > 1 else y
        x = _at(x, (..., None))
        return _summed_product(x, y, -2)
    return _summed_product(x, y, -1)


def _outer(primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Parts:
    x, y = _at(operands[0], (..., None)), _at(operands[1], (..., None, _ALL))
    return _scaled(chain, (x, y) if type(x) is Terms else (y, x), {})


def _at(x: Operand, index: Any) -> Operand:
    if type(x) is not Terms:
        return x[index]
    columns: Any = x.columns
    return Terms(x.owner, columns[index], x.values[index])


def _summed_product(x: Operand, y: Operand, axis: int) -> Parts | None:
    terms, plain = (x, y) if type(x) is Terms else (y, x)
    if len(terms.values) * shape_of(plain)[axis] > terms.graph.count:
        return None
    columns, values = _scaled(chain, (terms, plain), {})
    return folded((columns, values), (values.ndim - 1 + axis,))


_RULES: dict[str, Callable[..., Parts | None]] = {
    **dict.fromkeys(("chain", "multiply", "divide", "negative", "positive", "zero_product"), _scaled),
    **dict.fromkeys(("subtract", "where"), _added),
    **dict.fromkeys(("getitem", "reshape", "transpose", "stack", "concatenate", "pad"), _moved),
    **dict.fromkeys(("matmul", "dot"), _multiplied),
    "add": _plus,
    "broadcast_to": _spread,
    "outer": _outer,
    "scatter_add": _scattered,
    "setitem": _written,
    "sum": _summed,
    "take_along_axis": _picked,
}
_OF_DENSE = (_scaled, _plus)  # the rules that take dense maps too
