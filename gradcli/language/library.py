"""What a name that the program does not define means: a function of the table, a constant, an operator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.language.names import CONSTANTS, PREFIXES
from gradcli.primitives.table import FUNCTIONS, Function

NEW_AXIS = "newaxis"  # NumPy's name of None
_PREFIXED_CONSTANTS = {"tau": 6.283185307179586, "euler_gamma": 0.5772156649015329}

OPERATORS: dict[str, Any] = {
    text: FUNCTIONS[name].call
    for text, name in (
        ("+", "add"),
        ("-", "subtract"),
        ("*", "multiply"),
        ("/", "divide"),
        ("//", "floor_divide"),
        ("%", "remainder"),
        ("**", "power"),
        ("<", "less"),
        ("<=", "less_equal"),
        (">", "greater"),
        (">=", "greater_equal"),
        ("==", "equal"),
        ("!=", "not_equal"),
        ("@", "matmul"),
        ("&", "bitwise_and"),
        ("|", "bitwise_or"),
    )
}
UNARY: dict[str, Any] = {
    text: FUNCTIONS[name].call for text, name in (("-", "negative"), ("+", "positive"), ("~", "bitwise_not"))
}

# Comparisons with None, which any value may be compared with.
IS_NONE: dict[str, Any] = {"==": lambda x: x is None, "!=": lambda x: x is not None}

# Attributes that are functions of the value, without a call.
ATTRIBUTES: dict[str, Any] = {
    "T": FUNCTIONS["transpose"].call,
    "mT": FUNCTIONS["matrix_transpose"].call,
    "shape": FUNCTIONS["shape"].call,
    "size": FUNCTIONS["size"].call,
    "ndim": FUNCTIONS["ndim"].call,
}


def method(name: str) -> Function | None:
    """The function that a method call names; a few have a meaning of their own as methods (`x.size()`)."""
    return FUNCTIONS.get(f"method.{name}") or FUNCTIONS.get(name)


def table_function(name: str, root: str) -> Function | None:
    """The function of that name; where the text has a prefix, the meaning under that prefix if it differs."""
    return FUNCTIONS.get(f"{PREFIXES.get(root, '')}.{name}") or FUNCTIONS.get(name)


def constant(name: str, root: str = "") -> float | None:
    """The value of `pi`, `e`, `inf` or `nan`; with a prefix, of `math.tau` and `np.euler_gamma` too."""
    return CONSTANTS.get(name, _PREFIXED_CONSTANTS.get(name) if root else None)


def is_constant(name: str) -> bool:
    """Whether the library has a constant of that name."""
    return constant(name) is not None


def is_known(root: str, name: str) -> bool:
    """Whether the library has a function or a constant of that name."""
    return constant(name, root) is not None or name == NEW_AXIS or table_function(name, root) is not None


def known_names() -> Iterable[str]:
    """Every name of the library, to look for the nearest one."""
    return (*(name for name in FUNCTIONS if "." not in name), *CONSTANTS)
