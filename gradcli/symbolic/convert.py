"""Recorded graphs as terms: a conversion for each primitive that is no function of the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import Node, shape_of
from gradcli.errors import UsageError
from gradcli.language.source import Source
from gradcli.primitives.table import FUNCTIONS, PRIMITIVES
from gradcli.symbolic import term as t
from gradcli.symbolic.rules.selection import TRUTHS
from gradcli.symbolic.term import Shape, Term

Static = Mapping[str, Any]
Conversion = Callable[[list[Term], Static, Shape], Term]


class Converter:
    """Converts the nodes of one graph; those from `derived` on were made by derivative rules."""

    def __init__(self, source: Source, derived: int, stopped: Iterable[int] = ()) -> None:
        self._source = source
        self._derived = derived
        self._stopped = frozenset(stopped)
        self._done: dict[int, Term] = {}

    def __call__(self, operand: Any) -> Term:
        """The term of a node or of a plain value."""
        if not isinstance(operand, Node):
            return constant(operand)
        stack = [operand]
        while stack:
            node = stack[-1]
            pending = [
                each for each in node.operands if isinstance(each, Node) and each.index not in self._done
            ]
            if node.index not in self._done and pending:
                stack.extend(pending)
                continue
            stack.pop()
            if node.index not in self._done:
                self._done[node.index] = self._node(node)
        return self._done[operand.index]

    def _node(self, node: Node) -> Term:
        shape = shape_of(node)
        if node.primitive is None:
            return _leaf(node, shape)
        args = [
            self._done[each.index] if isinstance(each, Node) else constant(each) for each in node.operands
        ]
        name = node.primitive.name
        if name == "where" and node.index >= self._derived and _is_guard(args):
            return t.broadcast(args[2], shape)
        convert = CONVERSIONS.get(name) or _function(name)
        if convert is None:
            raise self._unprintable(node)
        term = convert(args, node.static, shape)
        return t.call("detach", term) if node.index in self._stopped else term

    def _unprintable(self, node: Node) -> UsageError:
        place = node.place
        span = place.span if place else None
        what = node.primitive.name if node.primitive else "?"
        return UsageError(
            f"the derivative needs `{what}`, which has no formula in the language",
            span=span,
            source=self._source,
            help="`grad` and `jacobian` compute it at given values",
        )


def constant(value: Any) -> Term:
    """A plain value."""
    if isinstance(value, np.ndarray):
        return t.array(value)
    if isinstance(value, bool):
        return t.number(int(value))
    return t.number(value)


def _leaf(node: Node, shape: Shape) -> Term:
    if "size" in node.static:
        return t.size(node.static["size"])
    name = node.static.get("name")
    return constant(node.value) if name is None else t.leaf(name, shape)


def _is_guard(args: list[Term]) -> bool:
    """Whether a rule's `where` only fills in single points, or says NaN outside of the domain."""
    condition, instead, _ = args
    if isinstance(instead.value, float) and math.isnan(instead.value):
        return True
    parts = condition.args if condition.op == "logical_and" else (condition,)
    return any(part.value == 0 or (part.op == "equal" and part.args[1].value == 0) for part in parts)


def _function(name: str) -> Conversion | None:
    """A primitive that is a function of the language, without static parameters."""
    if name not in FUNCTIONS or FUNCTIONS[name].call is not PRIMITIVES.get(name):
        return None
    return lambda args, static, shape: Term(name, tuple(args), None, shape)


# Conversions ------------------------------------------------------------------------------------------------


def _chain(args: list[Term], static: Static, shape: Shape) -> Term:
    """The product of the chain rule; a truth selects."""
    g, partial = args
    if _is_truth(partial):
        return t.broadcast(t.call("where", partial, g, t.ZERO), shape)
    return t.broadcast(t.mul(g, partial), shape)


def _is_truth(term: Term) -> bool:
    return term.op in TRUTHS


def _matmul(args: list[Term], static: Static, shape: Shape) -> Term:
    if any(len(arg.shape) > 2 for arg in args):
        return Term("stacked_matmul", tuple(args), None, shape)
    return t.matmul(*args)


def _less(args: list[Term], static: Static, shape: Shape) -> Term:
    """A comparison; formulas with `logdet` are for positive determinants."""
    if args[0].op == "slogdet_sign":
        return t.ZERO
    return Term("less", tuple(args), None, shape)


def _output(args: list[Term], static: Static, shape: Shape) -> Term:
    """Outputs of `slogdet`: the logarithm is `logdet` where the determinant is positive."""
    x, index = args[0], static["index"]
    if x.op == "slogdet":
        return Term("logdet" if index else "slogdet_sign", x.args, None, shape)
    return Term("getitem", (x,), index, shape)


def _reduction(name: str) -> Conversion:
    def convert(args: list[Term], static: Static, shape: Shape) -> Term:
        x = args[0]
        kept = tuple(n for i, n in enumerate(x.shape) if i not in static["axis"])
        reduced = Term(name, (x,), tuple(static["axis"]), kept)
        return t.reshape(reduced, shape)

    return convert


def _along(name: str) -> Conversion:
    """A function along axes, the last one by default."""

    def convert(args: list[Term], static: Static, shape: Shape) -> Term:
        axes = static["axis"] if isinstance(static["axis"], tuple) else (static["axis"],)
        if axes == (len(shape) - 1,):
            return Term(name, tuple(args), None, shape)
        return Term(name, tuple(args), (("axis", axes[0] if len(axes) == 1 else axes),), shape)

    return convert


def _scan(name: str) -> Conversion:
    """A running sum or product along an axis, from its end where it is `reverse`."""

    def convert(args: list[Term], static: Static, shape: Shape) -> Term:
        axis = static["axis"] % len(shape)
        keywords = (("axis", axis),) if len(shape) > 1 else None
        if not static["reverse"]:
            return Term(name, tuple(args), keywords, shape)
        backwards = hashable((*(slice(None),) * axis, slice(None, None, -1)))
        turned = Term("getitem", tuple(args), backwards, shape)
        return Term("getitem", (Term(name, (turned,), keywords, shape),), backwards, shape)

    return convert


def _signed_power(args: list[Term], static: Static, shape: Shape) -> Term:
    x = args[0]
    return t.mul(t.call("sign", x), t.power(t.call("abs", x), static["exponent"]))


def _norm(args: list[Term], static: Static, shape: Shape) -> Term:
    x, axis = args[0], tuple(static["axis"])
    if axis == tuple(range(len(x.shape))):
        return t.broadcast(Term("norm", (x,), None, ()), shape)
    return _reduction("norm")(args, static, shape)


def _trace(args: list[Term], static: Static, shape: Shape) -> Term:
    offset = static.get("offset", 0)
    return Term("trace", tuple(args), (("offset", offset),) if offset else None, shape)


def _stack(args: list[Term], static: Static, shape: Shape) -> Term:
    """A list; its entries are written out where they are scalars."""
    axis = static.get("axis", 0)
    if len(shape) == 1:
        return Term("entries", tuple(args), None, shape)
    return Term("stack", tuple(args), axis, shape)


def hashable(index: Any) -> Any:
    """An index with its slices and arrays in hashable form."""
    if isinstance(index, tuple):
        return tuple(map(hashable, index))
    if isinstance(index, slice):
        return ("slice", index.start, index.stop, index.step)
    if isinstance(index, np.generic) or (isinstance(index, np.ndarray) and not index.ndim):
        return index.item()
    if isinstance(index, np.ndarray):
        return ("list", *map(hashable, index.tolist()))
    return ("list", *map(hashable, index)) if isinstance(index, list) else index


def _shaped(build: Callable[..., Term]) -> Conversion:
    """An entrywise construction whose result may have to be broadcast."""
    return lambda args, static, shape: t.broadcast(build(*args), shape)


CONVERSIONS: dict[str, Conversion] = {
    "add": _shaped(t.add),
    "subtract": _shaped(lambda x, y: t.add(x, t.negative(y))),
    "multiply": _shaped(t.mul),
    "chain": _chain,
    "zero_product": _chain,
    "divide": _shaped(t.divide),
    "ratio": _shaped(t.divide),
    "negative": _shaped(t.negative),
    "positive": _shaped(lambda x: x),
    "power": _shaped(t.power),
    "square": _shaped(lambda x: t.power(x, 2)),
    "reciprocal": _shaped(lambda x: t.power(x, -1)),
    "sqrt": _shaped(lambda x: t.power(x, 0.5)),
    "rsqrt": _shaped(lambda x: t.power(x, -0.5)),
    "where": _shaped(lambda condition, x, y: t.call("where", condition, x, y)),
    "less": _less,
    "matmul": _matmul,
    "dot": lambda args, static, shape: t.matmul(*args),
    "outer": lambda args, static, shape: t.outer(*args),
    "sum": _reduction("sum"),
    "max": _reduction("max"),
    "min": _reduction("min"),
    "norm": _norm,
    "logsumexp": _reduction("logsumexp"),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "cumsum": _scan("cumsum"),
    "cumprod": _scan("cumprod"),
    "prod": _reduction("prod"),
    "argsort": _along("argsort"),
    "concatenate": lambda args, static, shape: Term("concatenate", tuple(args), static["axis"], shape),
    "signed_power": _signed_power,
    "p_norm": lambda args, static, shape: Term("p_norm", tuple(args), (static["axis"], static["ord"]), shape),
    "einsum": lambda args, static, shape: Term("einsum", tuple(args), static["subscripts"], shape),
    "clip": lambda args, static, shape: t.call("clip", *args),
    "sinc": lambda args, static, shape: t.call(
        "sinc", *args, static=(("order", static["order"]),) if static["order"] else None
    ),
    "bounded_log": _shaped(lambda x: t.call("maximum", t.call("log", x), t.number(-100))),
    "bounded_log_complement": _shaped(
        lambda x: t.call("maximum", t.call("log1p", t.negative(x)), t.number(-100))
    ),
    "trace": _trace,
    "transpose": lambda args, static, shape: t.transpose(args[0], tuple(static["axes"])),
    "reshape": lambda args, static, shape: t.reshape(args[0], shape),
    "broadcast_to": lambda args, static, shape: t.broadcast(args[0], shape),
    "getitem": lambda args, static, shape: Term("getitem", (args[0],), hashable(static["index"]), shape),
    "setitem": lambda args, static, shape: Term("setitem", tuple(args), hashable(static["index"]), shape),
    "scatter_add": lambda args, static, shape: Term(
        "scatter_add", tuple(args), hashable(static["index"]), shape
    ),
    "stack": _stack,
    "inv": lambda args, static, shape: t.call("inv", *args, shape=shape),
    "det": lambda args, static, shape: t.call("det", *args, shape=shape),
    "solve": lambda args, static, shape: t.call("solve", *args, shape=shape),
    "cofactor": lambda args, static, shape: t.call("cofactor", *args, shape=shape),
    "slogdet": lambda args, static, shape: t.call("slogdet", *args, shape=shape),
    "output": _output,
    "same": _shaped(lambda x, y: t.call("equal", x, y)),
}
