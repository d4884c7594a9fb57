"""The two tables that all else reads: PRIMITIVES (what is differentiated) and FUNCTIONS (what users call).

A module of functions adds records to PRIMITIVES with `primitive(...)` and to FUNCTIONS with `@function(...)`
or, for an elementwise function, to both at once with `elementwise(...)`. A name that is already taken is
refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Derivative, Elementwise, Partial, Primitive
from gradcli.primitives.function_index import MODULE_OF
from gradcli.primitives.registry import Registry
from gradcli.primitives.rows import aligned
from gradcli.records import NamedTuple

REQUIRED = object()
# The flag of code objects with `*arguments`; `inspect`, which has a name for it, takes long to import.
_VARARGS = 0x04


class Parameter(NamedTuple):
    """A parameter of a function: its name, and its default value or `REQUIRED`."""

    name: str
    default: Any


class Function(NamedTuple):
    """A function of the language, as `gradcli functions` prints it.

    `call(*arguments, **keywords)` takes operands. `variadic` functions take any number of them.
    `sequences` names the parameters that take a list of arrays (`concatenate([a, b])`), which therefore
    arrive as Python lists and not as one stacked array. `context` functions are given the running
    machine as their first argument (`randn` draws from its generator).
    """

    name: str
    call: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    family: str
    summary: str
    derivative: str = ""
    domain: str = ""
    convention: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    sequences: frozenset[str] = frozenset()
    variadic: bool = False
    context: bool = False

    @property
    def signature(self) -> str:
        """How the function is called; methods with a meaning of their own as `x.size()`."""
        root, _, last = self.name.rpartition(".")
        parameters = ", ".join(self._parameters())
        if root == "method":
            first, _, others = parameters.partition(", ")
            return f"{first.partition('=')[0]}.{last}({others})"
        return f"{self.name}({parameters})"

    def _parameters(self) -> list[str]:
        """The parameters with their defaults; the one that takes any number of arguments before keywords."""
        texts = [
            each.name if each.default is REQUIRED else f"{each.name}={_literal(each.default)}"
            for each in self.parameters
        ]
        if self.variadic:
            code = self.call.__code__
            any_number = f"*{code.co_varnames[code.co_argcount + code.co_kwonlyargcount]}"
            texts.insert(code.co_argcount - int(self.context), any_number)
        return texts


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


PRIMITIVES: Registry[Primitive] = Registry({})
FUNCTIONS: Registry[Function] = Registry(MODULE_OF)


def primitive(
    name: str, evaluate: Callable[..., Any], derivative: Derivative | None, **options: Any
) -> Primitive:
    """Create a primitive and enter it in PRIMITIVES; `options` are those of `Primitive`."""
    result = Primitive(name, evaluate, derivative, **options)
    PRIMITIVES.enter(name, result)
    return result


def add_function(
    name: str,
    call: Callable[..., Any],
    family: str,
    summary: str,
    *,
    parameters: tuple[Parameter, ...] | None = None,
    sequences: tuple[str, ...] = (),
    context: bool = False,
    **documentation: Any,
) -> None:
    """Enter a function in FUNCTIONS under its name and its aliases.

    Parameters that are not given are read off the Python function; `documentation` has fields of `Function`.
    """
    variadic = parameters is None and bool(call.__code__.co_flags & _VARARGS)
    if parameters is None:
        parameters = _parameters(call, skip=int(context))
    record = Function(
        name, call, parameters, family, summary,
        sequences=frozenset(sequences), variadic=variadic, context=context, **documentation,
    )  # fmt: skip
    for key in (name, *record.aliases):
        FUNCTIONS.enter(key, record)


def function(
    family: str, summary: str, *, name: str = "", **record: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the decorated Python function, written over primitives, in FUNCTIONS; see `add_function`."""

    def enter(call: Callable[..., Any]) -> Callable[..., Any]:
        add_function(name or call.__name__, call, family, summary, **record)
        return call

    return enter


def elementwise(
    name: str,
    evaluate: Callable[..., Any],
    partials: tuple[Partial, ...],
    family: str,
    summary: str,
    *,
    parameters: str = "x",
    choice: Callable[..., Any] | None = None,
    into: Callable[..., Any] | None = None,
    **record: Any,
) -> Primitive:
    """Enter an elementwise primitive (`partials` empty: no derivative) and the function of the same name."""
    derivative = Elementwise(partials) if partials else None
    result = primitive(name, evaluate, derivative, broadcasts=True, choice=choice, into=into)
    signature = tuple(Parameter(each, REQUIRED) for each in parameters.split())
    add_function(name, result, family, summary, parameters=signature, **record)
    return result


def _parameters(call: Any, skip: int) -> tuple[Parameter, ...]:
    code = call.__code__
    names = code.co_varnames[skip : code.co_argcount + code.co_kwonlyargcount]
    positional = code.co_varnames[skip : code.co_argcount]
    defaults = call.__defaults__ or ()
    given = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    given.update(call.__kwdefaults__ or {})
    return tuple(Parameter(each, given.get(each, REQUIRED)) for each in names)


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python number it is; arrays and Python numbers unchanged."""
    return value.item() if isinstance(value, np.generic) else value


def unary(scalar: Callable[[float], float], array: Callable[..., Any]) -> Callable[[Any], Any]:
    """Evaluation of a real function: `math` for scalars, NumPy for arrays, with NumPy's answers throughout.

    Where `math` raises (domain, overflow) NumPy is asked, which gives NaN or an infinity.
    """

    def evaluate(x: Any) -> Any:
        if type(x) is np.ndarray:
            return array(x if x.dtype == np.float64 else x.astype(np.float64))
        try:
            return scalar(x)
        except (ValueError, OverflowError, ZeroDivisionError):
            return float(array(np.float64(x)))

    evaluate.scalar = scalar  # type: ignore[attr-defined]
    evaluate.into = array if isinstance(array, np.ufunc) else None  # type: ignore[attr-defined]
    return evaluate


def stretched_batch(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """The batch rule of an elementwise primitive whose derivative is not elementwise: axes are aligned."""

    def batch(mapped: tuple[bool, ...], *values: Any, **static: Any) -> Any:
        return evaluate(*aligned(mapped, values), **static)

    batch.stretches = True  # type: ignore[attr-defined]
    return batch
