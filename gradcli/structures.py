"""Structured inputs: nested objects and lists whose leaves are numbers and arrays, as JSON has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.graph import LARGE, Graph
from gradcli.autodiff.nodes import Node, is_float, value_of
from gradcli.errors import InputError
from gradcli.limits import float_or_infinity


def as_input(value: Any, name: str, *, borrow: bool = False) -> Any:
    """A value as a program's input: float64 throughout, booleans kept, nested lists of numbers as arrays.

    Arrays are copied, or (`borrow`) taken as they are where they are plain arrays of float64 already.
    Raises `InputError` for what is no number, array, or structure of them.
    """
    if type(value) is float:
        return value
    if type(value) is np.ndarray:
        return _array(value, name, borrow)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float_or_infinity(value)
    if isinstance(value, Mapping):
        return {str(key): as_input(each, f"{name}.{key}", borrow=borrow) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return _list(list(value), name, borrow)
    if hasattr(value, "__array__"):
        return _array(np.asarray(value), name, borrow)
    raise InputError(
        f"`{name}` must be a number, an array or a structure of them, not {type(value).__name__}"
    )


def _list(values: list[Any], name: str, borrow: bool) -> Any:
    """A list of numbers, or of rows of one shape, is an array; any other is a structure."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype == np.object_ and all(isinstance(each, int | float) for each in array.flat):
        # Integers are among them that are too large for NumPy's own.
        array = np.array([float_or_infinity(each) for each in array.flat]).reshape(array.shape)
    if array.dtype.kind in "biuf":
        return _array(array, name, borrow=True)
    return [as_input(each, f"{name}[{i}]", borrow=borrow) for i, each in enumerate(values)]


def _array(array: np.ndarray[Any, Any], name: str, borrow: bool) -> Any:
    if array.dtype.kind not in "biuf":
        raise InputError(f"`{name}` must hold real numbers, not {array.dtype}")
    if array.ndim == 0:
        return as_input(array.item(), name)
    if array.dtype == np.bool_:
        return array.copy()
    is_plain = array.dtype == np.float64 and array.flags.c_contiguous and array.flags.aligned
    return array if borrow and is_plain else array.astype(np.float64)


def owned(result: Any, lenders: Iterable[Any]) -> Any:
    """A result whose arrays share no memory with those that inputs were borrowed from."""
    arrays = [each for lender in lenders for _, each in leaves(lender) if isinstance(each, np.ndarray)]
    if not arrays:
        return result

    def unshared(leaf: Any) -> Any:
        shares = isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, each) for each in arrays)
        return leaf.copy() if shares else leaf

    return rebuild(result, unshared)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a structure with their paths, such as `layers[0].W`."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from leaves(each, f"{path}[{position}]")
    else:
        yield path, value


def rebuild(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """The same structure with every leaf replaced."""
    if isinstance(value, dict):
        return {key: rebuild(each, leaf) for key, each in value.items()}
    if isinstance(value, list):
        return [rebuild(each, leaf) for each in value]
    return leaf(value)


def leaf_nodes(graph: Graph, value: Any, name: str, active: bool) -> Any:
    """An input as leaves of the graph; booleans and the like are never differentiated."""
    if type(value) is float or type(value) is np.ndarray:
        return graph.leaf(value, name, active and is_float(value))
    paths = iter([path for path, _ in leaves(value, name)])
    return rebuild(value, lambda leaf: graph.leaf(leaf, next(paths), active and is_float(leaf)))


def marked_leaves(variables: Mapping[str, Any], inputs: Iterable[Any]) -> dict[str, Node]:
    """The variables that the program itself made inputs of the derivative, in its order, each node once."""
    names = {leaf: "" for value in inputs for _, leaf in leaves(value)}
    for name, value in variables.items():
        if isinstance(value, Node) and value.primitive is None and value.active:
            names.setdefault(value, name)
    return {name: node for node, name in sorted(names.items(), key=lambda pair: pair[0].index) if name}


def waiting(leaf: Any) -> Any:
    """A large array as an expression; any other value as it is."""
    if type(leaf) is not np.ndarray or leaf.size < LARGE:
        return leaf
    from gradcli.autodiff.regions.expressions import known

    return known(leaf)


def float_shapes(inputs: Iterable[Any]) -> list[tuple[int, ...]] | None:
    """The shapes of numbers and arrays; None where one of them is a structure, or not made of float64."""
    shapes = []
    for value in inputs:
        if type(value) is np.ndarray and value.dtype == np.float64:
            shapes.append(value.shape)
        elif type(value) is float:
            shapes.append(())
        else:
            return None
    return shapes


def has_floats(structure: Any) -> bool:
    """Whether a variable, or some part of one, is a node that holds floats."""
    if type(structure) is Node:
        return is_float(structure.value)
    return any(isinstance(leaf, Node) and leaf.is_float for _, leaf in leaves(structure))


def plain(value: Any) -> Any:
    """A structure of nodes, or several, as one of their values."""
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    return rebuild(value, value_of)
