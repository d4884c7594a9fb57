"""Comparisons and logic: results are booleans, and no derivative passes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, value_of
from gradcli.autodiff.primitive import Primitive
from gradcli.errors import EvaluationError
from gradcli.limits import check_elements
from gradcli.primitives.arguments import as_flag, describe
from gradcli.primitives.table import elementwise, function, plain, primitive

FAMILY = "comparison"


def _compare(scalar: Callable[[Any, Any], bool], array: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def evaluate(x: Any, y: Any) -> Any:
        if type(x) is np.ndarray or type(y) is np.ndarray:
            if np.shape(x) != np.shape(y):
                check_elements(np.broadcast_shapes(np.shape(x), np.shape(y)))
            return plain(array(x, y))
        return scalar(x, y)

    evaluate.into = array  # type: ignore[attr-defined]
    return evaluate


def _test(scalar: Callable[[float], bool], array: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda x: array(x) if type(x) is np.ndarray else scalar(x)


def _comparison(name: str, sign: str, scalar: Callable[..., Any], array: Callable[..., Any]) -> Primitive:
    return elementwise(
        name, _compare(scalar, array), (), FAMILY, f"`x {sign} y`", parameters="x y",
        example=f"{name}(1, 2)",
    )  # fmt: skip


less = _comparison("less", "<", operator.lt, np.less)
less_equal = _comparison("less_equal", "<=", operator.le, np.less_equal)
greater = _comparison("greater", ">", operator.gt, np.greater)
greater_equal = _comparison("greater_equal", ">=", operator.ge, np.greater_equal)
equal = _comparison("equal", "==", operator.eq, np.equal)
not_equal = _comparison("not_equal", "!=", operator.ne, np.not_equal)
logical_and = elementwise(
    "logical_and", _compare(lambda x, y: bool(x) and bool(y), np.logical_and), (), FAMILY,
    "both are true, entry by entry", parameters="x y", example="logical_and(True, False)",
)  # fmt: skip
logical_or = elementwise(
    "logical_or", _compare(lambda x, y: bool(x) or bool(y), np.logical_or), (), FAMILY,
    "at least one is true, entry by entry", parameters="x y", example="logical_or(True, False)",
)  # fmt: skip
logical_not = elementwise(
    "logical_not", _test(lambda x: not x, np.logical_not), (), FAMILY, "x is false or zero, entry by entry",
    example="logical_not(True)",
)  # fmt: skip
logical_xor = elementwise(
    "logical_xor", _compare(lambda x, y: bool(x) != bool(y), np.logical_xor), (), FAMILY,
    "exactly one is true, entry by entry", parameters="x y", example="logical_xor(True, False)",
)  # fmt: skip
isnan = elementwise(
    "isnan", _test(math.isnan, np.isnan), (), FAMILY, "x is not a number", example="isnan(nan)",
)  # fmt: skip
isinf = elementwise(
    "isinf", _test(math.isinf, np.isinf), (), FAMILY, "x is inf or -inf", example="isinf(-inf)",
)  # fmt: skip
isfinite = elementwise(
    "isfinite", _test(math.isfinite, np.isfinite), (), FAMILY, "x is neither infinite nor nan",
    example="isfinite(1)",
)  # fmt: skip


# `&`, `|`, `~` ----------------------------------------------------------------------------------------------

_ORDERINGS = (less, less_equal, greater, greater_equal, equal, not_equal)
_LOGICAL = (logical_and, logical_or, logical_not, logical_xor)
_TRUTHS = frozenset([*_ORDERINGS, *_LOGICAL, isnan, isinf, isfinite])


def is_truth(x: Any) -> bool:
    """Whether an operand is made of truth values."""
    if isinstance(x, Node) and x.primitive in _TRUTHS:
        return True  # whatever its value, which may have to wait
    value = value_of(x)
    return isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype == np.bool_)


def _of_bits(sign: str, bits: Callable[..., Any], *operands: Any) -> Any:
    """An operation on the bits of whole numbers; `EvaluationError` for other values."""
    for each in operands:
        if not isinstance(each, int) and getattr(each, "dtype", None) != np.int64:
            raise EvaluationError(
                f"`{sign}` needs truth values or whole numbers, not {describe(each)}",
                help="comparisons beside it stand in parentheses: (x > 0) & (x < 1)",
            )
    return bits(*operands)


@function(
    FAMILY, "`x & y`: both are true, entry by entry; of whole numbers, the bits that both have",
    example="bitwise_and(True, False)",
)  # fmt: skip
def bitwise_and(x: Any, y: Any) -> Any:
    """NumPy's `&`."""
    return logical_and(x, y) if is_truth(x) and is_truth(y) else _of_bits("&", operator.and_, x, y)


@function(
    FAMILY, "`x | y`: at least one is true, entry by entry; of whole numbers, the bits that one of them has",
    example="bitwise_or(True, False)",
)  # fmt: skip
def bitwise_or(x: Any, y: Any) -> Any:
    """NumPy's `|`."""
    return logical_or(x, y) if is_truth(x) and is_truth(y) else _of_bits("|", operator.or_, x, y)


@function(
    FAMILY, "`~x`: x is false, entry by entry; of a whole number, `-x - 1`", example="bitwise_not(True)",
    aliases=("invert", "bitwise_invert"),
)  # fmt: skip
def bitwise_not(x: Any) -> Any:
    """NumPy's `~`."""
    return logical_not(x) if is_truth(x) else _of_bits("~", operator.invert, x)


# Arrays as a whole ------------------------------------------------------------------------------------------


def _isclose(x: Any, y: Any, rtol: Any, atol: Any, *, equal_nan: bool) -> Any:
    return plain(np.isclose(x, y, rtol, atol, equal_nan))


_isclose_primitive = primitive("isclose", _isclose, None, broadcasts=True)
_allclose_primitive = primitive(
    "allclose", lambda *operands, equal_nan: bool(np.all(_isclose(*operands, equal_nan=equal_nan))), None
)


_array_equal_primitive = primitive("array_equal", lambda x, y: bool(np.array_equal(x, y)), None)


@function(FAMILY, "`abs(x - y) <= atol + rtol*abs(y)`, entry by entry", example="isclose(0.1 + 0.2, 0.3)")
def isclose(x: Any, y: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    """NumPy's `isclose`; two infinities of the same sign are close."""
    return _isclose_primitive(x, y, rtol, atol, equal_nan=as_flag(equal_nan))


@function(FAMILY, "every entry of x is close to that of y", example="allclose([0.1 + 0.2, 1], [0.3, 1])")
def allclose(x: Any, y: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    """NumPy's `allclose`: a single truth value."""
    return _allclose_primitive(x, y, rtol, atol, equal_nan=as_flag(equal_nan))


@function(FAMILY, "x and y have one shape and the same entries", example="array_equal([1, 2], [1, 2])")
def array_equal(x: Any, y: Any) -> Any:
    """NumPy's `array_equal`: a single truth value; nan equals nothing."""
    return _array_equal_primitive(x, y)


@function(
    FAMILY, "torch's equal: one shape and the same entries", name="torch.equal",
    example="torch.equal([1, 2], [1, 2])",
)  # fmt: skip
def torch_equal(x: Any, y: Any) -> Any:
    """A single truth value, where `equal` compares entry by entry."""
    return _array_equal_primitive(x, y)
