"""Terms as text of the language, printed by precedence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum

from gradcli.records import NamedTuple
from gradcli.symbolic.names import root_of
from gradcli.symbolic.numbers import Coefficient, coefficient_parts, decimal
from gradcli.symbolic.order import factor_key
from gradcli.symbolic.quotients import divides, inverted, scaled_factors, turned
from gradcli.symbolic.subscripts import index_text, keeps_axes, nested_list, new_axes
from gradcli.symbolic.term import Number, Shape, Term, coefficient, magnitude, numeric_product

_COMPARISONS = {
    "greater": ">",
    "less": "<",
    "greater_equal": ">=",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}


class Level(IntEnum):
    """How tightly the outermost operation of a text binds."""

    COMPARISON = 0
    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


class Text(NamedTuple):
    """A printed term and its level."""

    text: str
    level: Level

    def at(self, least: Level) -> str:
        """The text, in parentheses unless it binds at least this tightly."""
        return self.text if self.level >= least else f"({self.text})"


class ExpressionPrinter:
    """Prints terms as programs.

    `inputs` are the shapes of the inputs by name, from which sizes get their texts; `names` are terms that
    already have a name and are printed as that.
    """

    def __init__(self, inputs: Mapping[str, Shape], names: Mapping[Term, str] | None = None) -> None:
        self.inputs = inputs
        self.names = dict(names or {})
        self._roots = frozenset(map(root_of, inputs))
        self._texts: dict[tuple[Term, bool], Text] = {}  # what has been printed with these names

    def __call__(self, term: Term) -> str:
        """The text of a term."""
        return self.text(term).text

    def text(self, term: Term, tight: bool = False) -> Text:
        """The text and level of a term; `tight` inside a sum, where products are written without blanks."""
        known = self._texts.get((term, tight))
        if known is None:
            known = self._texts[term, tight] = self._printed(term, tight)
        return known

    def _printed(self, term: Term, tight: bool) -> Text:
        if term in self.names:
            return Text(self.names[term], Level.ATOM)
        method = getattr(self, f"_{term.op}", None)
        if method is not None:
            printed: Text = method(term, tight)
            return printed
        if term.op in _COMPARISONS:
            x, y = (self.text(arg).at(Level.SUM) for arg in term.args)
            return Text(f"{x} {_COMPARISONS[term.op]} {y}", Level.COMPARISON)
        return self._call(term)

    def define(self, names: Mapping[Term, str]) -> Iterator[tuple[str, str]]:
        """The name and the text of each shared term, in order; whatever is printed later says the name."""
        for term, name in names.items():
            yield name, self(term)
            self.names[term] = name
            self._texts.clear()

    # Leaves -------------------------------------------------------------------------------------------------

    def _number(self, term: Term, tight: bool) -> Text:
        return self._product((term,), tight)

    def _input(self, term: Term, tight: bool) -> Text:
        return Text(term.static, Level.ATOM)

    def _size(self, term: Term, tight: bool) -> Text:
        return Text(self.size(term.static), Level.ATOM)

    def size(self, count: int) -> str:
        """A number of entries in terms of the inputs, where one of them has it."""
        for name, shape in sorted(self.inputs.items(), key=lambda item: len(item[1])):
            if shape[:1] == (count,):
                return self.call("len", name)
        for name, shape in self.inputs.items():
            if len(shape) > 1 and shape[1] == count:
                return f"{self.call('shape', name)}[1]"
            if len(shape) > 1 and shape[0] * shape[1] == count and len(shape) == 2:
                return self.call("size", name)
        return str(count)

    def _eye(self, term: Term, tight: bool) -> Text:
        rows, columns = term.shape
        sizes = (rows,) if rows == columns else (rows, columns)
        return Text(self.call("eye", *map(self.size, sizes)), Level.ATOM)

    def _array(self, term: Term, tight: bool) -> Text:
        return Text(nested_list(term.static), Level.ATOM)

    def _entries(self, term: Term, tight: bool) -> Text:
        texts = [self(arg) for arg in term.args]
        for length in reversed(term.shape):
            rows = [texts[start : start + length] for start in range(0, len(texts), length)]
            texts = [f"[{', '.join(row)}]" for row in rows]
        return Text(texts[0], Level.ATOM)

    def _stack(self, term: Term, tight: bool) -> Text:
        parts = f"[{', '.join(map(self, term.args))}]"
        return Text(self.call("stack", parts, f"axis={term.static}") if term.static else parts, Level.ATOM)

    # Arithmetic ---------------------------------------------------------------------------------------------

    def _add(self, term: Term, tight: bool) -> Text:
        text = ""
        for arg in term.args:
            constant, rest = coefficient(arg)
            sign = "-" if constant < 0 else "+"
            part = self._product(scaled_factors(magnitude(constant), rest), tight=True).at(Level.PRODUCT)
            text = f"{text} {sign} {part}" if text else (f"-{part}" if constant < 0 else part)
        return Text(text, Level.SUM)

    def _mul(self, term: Term, tight: bool) -> Text:
        return self._product(term.args, tight)

    one = "1"

    def coefficient(self, value: Number) -> Coefficient:
        """A positive number as factors above and below the line."""
        return coefficient_parts(value)

    def _product(self, parts: tuple[Term, ...], tight: bool) -> Text:
        """A product as a fraction: what has negative exponents stands below the line."""
        constant, rest = turned(*numeric_product(parts))
        sign = "-" if constant < 0 else ""
        upper, lower = self.coefficient(magnitude(constant))
        below = [*lower, *(self._factor(inverted(each)) for each in rest if divides(each))]
        above = [each for each in rest if not divides(each)]
        if not rest and not below and len(upper) < 2:
            return Text(f"{sign}{upper[0] if upper else self.one}", Level.SUM if sign else Level.ATOM)
        return self._fraction(sign, list(upper), above, below, tight)

    def _fraction(
        self, sign: str, numbers: list[str], above: list[Term], below: list[str], tight: bool
    ) -> Text:
        if len(above) == 1 and not numbers and not below and not sign:
            return self.text(above[0], tight)
        text = self._numerator(numbers, above, tight) or self.one
        if below:
            text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
        return Text(f"{sign}{text}", Level.SUM if sign else Level.PRODUCT)

    def _numerator(self, numbers: list[str], above: list[Term], tight: bool) -> str:
        """The factors above the line; one matrix product may stand last without parentheses."""
        products = [each for each in above if each.op == "matmul" and each not in self.names]
        others = [each for each in above if each not in products]
        if len(products) == 1 and not any(each.shape for each in others):
            texts = [*numbers, *map(self._factor, others)]
            chain = self._matmul(products[0], tight).text
            return "*".join([*texts, chain])
        return "*".join([*numbers, *map(self._factor, sorted(above, key=factor_key))])

    def _factor(self, term: Term) -> str:
        text = self.text(term)
        return text.text if text.level >= Level.POWER else f"({text.text})"

    def _power(self, term: Term, tight: bool) -> Text:
        base, exponent = term.args
        if exponent.value is not None and exponent.value < 0:
            return self._product((term,), tight)
        if exponent.value is not None and float(exponent.value) == 0.5:
            return Text(self.call("sqrt", self(base)), Level.ATOM)
        lower = self.text(base).at(Level.ATOM)
        upper = self._exponent(exponent)
        return Text(f"{lower}**{upper}", Level.POWER)

    def _exponent(self, exponent: Term) -> str:
        if exponent.value is not None:
            value = exponent.value
            exactly = float(value) * 8 == int(float(value) * 8)
            return decimal(float(value)) if exactly else f"({value})"
        return self.text(exponent).at(Level.ATOM)

    # Matrices -----------------------------------------------------------------------------------------------

    def _matmul(self, term: Term, tight: bool) -> Text:
        texts = [self.text(arg).at(Level.POWER) for arg in term.args]
        return Text(("@" if tight else " @ ").join(texts), Level.PRODUCT)

    def _transpose(self, term: Term, tight: bool) -> Text:
        if term.static == tuple(reversed(range(len(term.static)))):
            return Text(f"{self.text(term.args[0]).at(Level.ATOM)}.T", Level.ATOM)
        return Text(self.call("transpose", self(term.args[0]), str(term.static)), Level.ATOM)

    # Shapes -------------------------------------------------------------------------------------------------

    def _reshape(self, term: Term, tight: bool) -> Text:
        x = term.args[0]
        if (
            x.op in ("sum", "mean", "max", "min", "logsumexp", "norm")
            and x.static
            and keeps_axes(x, term.shape)
        ):
            return Text(self._reduced(x, keepdims=True), Level.ATOM)
        axes = new_axes(x.shape, term.shape)
        if axes is not None:
            return Text(f"{self.text(x).at(Level.ATOM)}[{', '.join(axes)}]", Level.ATOM)
        return Text(self.call("reshape", self(x), str(term.shape)), Level.ATOM)

    def _broadcast(self, term: Term, tight: bool) -> Text:
        x = term.args[0]
        like = next((name for name, shape in self.inputs.items() if shape == term.shape), None)
        if x.shape:
            target = self.call("shape", like) if like else str(term.shape)
            return Text(self.call("broadcast_to", self(x), target), Level.ATOM)
        if like is None and x.value in (0, 1):
            function = "ones" if x.value else "zeros"
            return Text(self.call(function, self._shape(term.shape)), Level.ATOM)
        if like is None:
            return Text(self.call("full", self._shape(term.shape), self(x)), Level.ATOM)
        special = {0: "zeros_like", 1: "ones_like"}.get(x.value)  # type: ignore[arg-type]
        if special:
            return Text(self.call(special, like), Level.ATOM)
        return Text(self.call("full_like", like, self(x)), Level.ATOM)

    def _shape(self, shape: Shape) -> str:
        sizes = ", ".join(map(self.size, shape))
        return f"({sizes},)" if len(shape) == 1 else f"({sizes})"

    def _getitem(self, term: Term, tight: bool) -> Text:
        return Text(f"{self.text(term.args[0]).at(Level.ATOM)}[{index_text(term.static)}]", Level.ATOM)

    # Functions ----------------------------------------------------------------------------------------------

    def _sum(self, term: Term, tight: bool) -> Text:
        return Text(self._reduced(term), Level.ATOM)

    _mean = _max = _min = _logsumexp = _prod = _norm = _sum

    def _reduced(self, term: Term, *, keepdims: bool = False) -> str:
        x, axes = term.args[0], term.static
        arguments = [self(x)]
        if axes is not None and axes != tuple(range(len(x.shape))):
            arguments.append(f"axis={axes[0] if len(axes) == 1 else axes}")
        if keepdims:
            arguments.append("keepdims=True")
        return self.call(term.op, *arguments)

    def _log1pexp(self, term: Term, tight: bool) -> Text:
        return Text(self.call("softplus", self(term.args[0])), Level.ATOM)

    def _p_norm(self, term: Term, tight: bool) -> Text:
        axes, order = term.static
        arguments = [self(term.args[0]), decimal(order)]
        if axes != tuple(range(len(term.args[0].shape))):
            arguments.append(f"axis={axes[0]}")
        return Text(self.call("norm", *arguments), Level.ATOM)

    def _einsum(self, term: Term, tight: bool) -> Text:
        return Text(self.call("einsum", repr(term.static), *map(self, term.args)), Level.ATOM)

    def _concatenate(self, term: Term, tight: bool) -> Text:
        axis = [f"axis={term.static}"] if term.static else []
        return Text(self.call("concatenate", f"[{', '.join(map(self, term.args))}]", *axis), Level.ATOM)

    def _call(self, term: Term) -> Text:
        arguments = [self(arg) for arg in term.args]
        if isinstance(term.static, tuple | None):
            arguments += [f"{key}={value!r}" for key, value in term.static or ()]
        else:
            arguments.append(repr(term.static))  # an assigned entry, which only steps of a proof show
        return Text(self.call(term.op, *arguments), Level.ATOM)

    def call(self, function: str, *arguments: str) -> str:
        """The call of a function of the language; one that is called like an input has a prefix."""
        function = "matmul" if function == "stacked_matmul" else function
        prefix = "np." if function in self._roots else ""
        return f"{prefix}{function}({', '.join(arguments)})"
