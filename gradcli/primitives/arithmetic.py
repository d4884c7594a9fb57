"""Arithmetic: `+ - * / // %`, and the product that carries derivatives through partials."""

from __future__ import annotations

import operator as builtin
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.autodiff.primitive import General, Multilinear
from gradcli.limits import MAX_EXACT_INTEGER, check_elements, float_or_infinity
from gradcli.primitives.shape import sum_to
from gradcli.primitives.table import elementwise, plain, primitive, stretched_batch

FAMILY = "arithmetic"


def operator(
    scalar: Callable[[Any, Any], Any], array: Callable[..., Any], *, keeps_bool: bool = False
) -> Callable[[Any, Any], Any]:
    """Evaluation of a binary operator: Python's for scalars, NumPy's for arrays, in float64.

    Python raises where IEEE has an answer (`1.0/0`, overflow of `**`): NumPy gives it. Integers are exact
    up to 2**53 and become float64 beyond. `keeps_bool`: two boolean arrays stay boolean, as in NumPy.
    """

    def evaluate(x: Any, y: Any) -> Any:
        if type(x) is np.ndarray or type(y) is np.ndarray:
            return plain(array(*_matched(x, y, keeps_bool)))
        try:
            result = scalar(x, y)
        except (ArithmeticError, ValueError):
            exact = np.float64(float_or_infinity(x)), np.float64(float_or_infinity(y))
            return float(array(*exact))
        if type(result) is int and not -MAX_EXACT_INTEGER <= result <= MAX_EXACT_INTEGER:
            return float_or_infinity(result)
        return result

    evaluate.scalar = scalar  # type: ignore[attr-defined]
    evaluate.into = array if isinstance(array, np.ufunc) else None  # type: ignore[attr-defined]
    return evaluate


def _matched(x: Any, y: Any, keeps_bool: bool) -> tuple[Any, Any]:
    """Both operands as NumPy takes them, in float64; the size of the result checked if they are stretched."""
    if type(x) is type(y) is np.ndarray and x.dtype == y.dtype == np.float64 and x.shape == y.shape:
        return x, y
    shape_x, shape_y = shape_of(x), shape_of(y)
    if shape_x != shape_y and shape_x and shape_y:
        check_elements(np.broadcast_shapes(shape_x, shape_y))
    if keeps_bool and is_bool(x) and is_bool(y):
        return x, y
    return as_float(x), as_float(y)


def is_bool(x: Any) -> bool:
    """Whether a plain value is a truth value or an array of them."""
    return type(x) is bool or (type(x) is np.ndarray and x.dtype == np.bool_)


def as_float(x: Any) -> Any:
    """A plain value as float64."""
    if type(x) is np.ndarray:
        return x if x.dtype == np.float64 else x.astype(np.float64)
    return float_or_infinity(x)


def _sign(scalar: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Evaluation of a sign; truth values become numbers."""

    def evaluate(x: Any) -> Any:
        return scalar(as_float(x) if is_bool(x) else x)

    evaluate.scalar = scalar  # type: ignore[attr-defined]
    return evaluate


def _numerator_partial(out: Any, x: Any, y: Any) -> Any:
    return divide(1.0, y)


def _denominator_partial(out: Any, x: Any, y: Any) -> Any:
    return negative(divide(out, y))


def _modulus_partial(out: Any, x: Any, y: Any) -> Any:
    return negative(floor_divide(x, y))


def _has_nan(array: Any) -> bool:
    """Whether an array holds a NaN: the sum of its squares is one then, and only then."""
    entries = array.ravel("K")
    total = entries.dot(entries)
    return bool(total != total)


def _chain(g: Any, p: Any) -> Any:
    """The product g*p in which g = 0 gives exactly 0, be p infinite or NaN; a boolean p selects."""
    if type(g) is not np.ndarray and type(p) is not np.ndarray:
        return g * p if g and p is not False else 0.0
    if is_bool(p):
        return _selected(g, p)
    if type(g) is float and g != 0.0:
        return p if g == 1.0 else g * p
    product = g * p
    if _has_nan(product):
        return np.where(np.equal(g, 0.0), 0.0, product)
    return product


def _chain_into(g: Any, p: Any, out: Any) -> Any:
    if is_bool(p):
        return _select_into(g, p, out)
    np.multiply(g, p, out)
    if type(g) is not float or g == 0.0:
        least = np.minimum.reduce(out, axis=None)
        if least != least:  # NaN, for there is one
            np.copyto(out, 0.0, where=np.equal(g, 0.0))
    return out


def _selected(g: Any, p: Any) -> Any:
    """The entries of g where p is true, 0 elsewhere."""
    if type(p) is bool or (type(g) is np.ndarray and g.dtype != np.float64):
        return np.where(p, g, 0.0)
    return _select_into(g, p, np.empty(np.broadcast_shapes(np.shape(g), p.shape)))


def _select_into(g: Any, p: Any, out: Any) -> Any:
    """The same; the bits of g are multiplied by 0 or 1.

    Where there is no pattern in p, a choice takes four times as long.
    """
    bits = out.view(np.int64)
    bits[...] = p.view(np.int8)
    np.multiply(bits, np.asarray(g, dtype=np.float64).view(np.int64), bits)
    return out


def _zero_product(x: Any, y: Any) -> Any:
    """The product x*y in which either factor, where it is 0, makes it exactly 0."""
    if type(x) is not np.ndarray and type(y) is not np.ndarray:
        return x * y if x and y else 0.0
    product = x * y
    if _has_nan(product):
        return np.where(np.equal(x, 0.0) | np.equal(y, 0.0), 0.0, product)
    return product


def _zero_product_transpose(g: Any, operand: Any, other: Any) -> Any:
    return sum_to(zero_product(g, other), shape_of(operand))


zero_product = primitive(
    "zero_product", _zero_product,
    Multilinear((
        lambda g, x, y: _zero_product_transpose(g, x, y),
        lambda g, x, y: _zero_product_transpose(g, y, x),
    )),
    batch=stretched_batch(_zero_product),
)  # fmt: skip


def _chain_to_cotangent(ct: Any, out: Any, g: Any, p: Any) -> Any:
    return sum_to(chain(ct, p), shape_of(g))


def _chain_to_partial(ct: Any, out: Any, g: Any, p: Any) -> Any:
    # Where g is 0 the product does not depend on p: nothing passes, be ct infinite.
    return sum_to(zero_product(ct, g), shape_of(p))


def _chain_jvp(tangents: tuple[Any, ...], out: Any, g: Any, p: Any) -> Any:
    of_g, of_p = tangents
    terms = [] if of_g is None else [chain(of_g, p)]
    if of_p is not None:
        terms.append(zero_product(g, of_p))
    return terms[0] if len(terms) == 1 else add(*terms)


chain = primitive(
    "chain", _chain, General(_chain_jvp, (_chain_to_cotangent, _chain_to_partial)),
    batch=stretched_batch(_chain), into=_chain_into,
)  # fmt: skip
# The same for the reverse pass over scalars, where False selects nothing.
chain.partials = (lambda out, g, p: p, lambda out, g, p: g or False)
add = elementwise(
    "add", operator(builtin.add, np.add, keeps_bool=True), (1.0, 1.0), FAMILY, "the sum `x + y`",
    parameters="x y", derivative="1, 1", example="add(1, 2)",
)  # fmt: skip
subtract = elementwise(
    "subtract", operator(builtin.sub, np.subtract), (1.0, -1.0), FAMILY, "the difference `x - y`",
    parameters="x y", derivative="1, -1", example="subtract(3, 1)", aliases=("sub",),
)  # fmt: skip
multiply = elementwise(
    "multiply", operator(builtin.mul, np.multiply, keeps_bool=True),
    (lambda out, x, y: y, lambda out, x, y: x), FAMILY, "the product `x * y`, entry by entry",
    parameters="x y", derivative="y, x", example="multiply(3, 4)", aliases=("mul",),
)  # fmt: skip
divide = elementwise(
    "divide", operator(builtin.truediv, np.divide), (_numerator_partial, _denominator_partial), FAMILY,
    "the quotient `x / y`", parameters="x y", derivative="1/y, -x/y**2", domain="y != 0",
    convention="division by zero gives inf or nan and never stops the program",
    example="divide(1, 4)", aliases=("div", "true_divide"),
)  # fmt: skip
floor_divide = elementwise(
    "floor_divide", operator(builtin.floordiv, np.floor_divide), (), FAMILY,
    "the quotient rounded down, `x // y`", parameters="x y", derivative="0, 0",
    convention="the derivative is 0 everywhere, also at the jumps", example="floor_divide(7, 2)",
    choice=lambda x, y: np.floor_divide(x, y),
)  # fmt: skip
remainder = elementwise(
    "remainder", operator(builtin.mod, np.mod),
    (1.0, _modulus_partial), FAMILY,
    "the remainder `x % y`, with the sign of y", parameters="x y", derivative="1, -floor(x/y)",
    domain="y != 0", convention="at the jumps the derivative is that of the smooth pieces",
    example="remainder(7, 4)", aliases=("mod",), choice=lambda x, y: np.floor_divide(x, y),
)  # fmt: skip
negative = elementwise(
    "negative", _sign(builtin.neg), (-1.0,), FAMILY, "the opposite `-x`",
    derivative="-1", example="negative(3)", aliases=("neg",), into=np.negative,
)  # fmt: skip
positive = elementwise(
    "positive", _sign(builtin.pos), (1.0,), FAMILY, "x itself, `+x`",
    derivative="1", example="positive(3)",
)  # fmt: skip


def _joined(x: tuple[Any, ...], y: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two tuples as one: `x.shape[:-1] + (3,)`."""
    check_elements((len(x) + len(y),))
    return x + y


add.of_tuples = _joined


def _install_operators() -> None:
    """Let nodes take part in Python's operators, so that derivative rules read like formulas."""
    for name, operation in (("add", add), ("sub", subtract), ("mul", multiply), ("truediv", divide)):
        setattr(Node, f"__{name}__", lambda x, y, operation=operation: operation(x, y))
        setattr(Node, f"__r{name}__", lambda x, y, operation=operation: operation(y, x))
    for name, sign in (("neg", negative), ("pos", positive)):
        setattr(Node, f"__{name}__", lambda x, sign=sign: sign(x))


_install_operators()
