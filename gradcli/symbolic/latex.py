"""Terms as LaTeX: fractions, roots, norms, transposes as exponents."""

from __future__ import annotations

import unicodedata

from gradcli.symbolic.expression import ExpressionPrinter, Level, Text
from gradcli.symbolic.numbers import coefficient_parts
from gradcli.symbolic.quotients import divides, inverted, turned
from gradcli.symbolic.term import Term, magnitude, number, numeric_product
from gradcli.symbolic.words import words

_COMMANDS = words("exp log sin cos tan sinh cosh tanh det max min")
_OPERATORS = {"trace": "tr", "sigmoid": r"\sigma", "logdet": r"\log\det", "sum": "sum", "mean": "mean"}
_RELATIONS = {
    "greater": ">", "less": "<", "greater_equal": r"\ge", "less_equal": r"\le",
    "equal": "=", "not_equal": r"\ne", "logical_and": r"\land", "logical_or": r"\lor",
}  # fmt: skip
_GREEK = words(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega pi"
)
SPECIAL = str.maketrans({each: f"\\{each}" for each in "_{}$%&#"} | {"\\": r"\textbackslash{}"})
_CONSTANTS = {"pi": r"\pi", "sqrt(pi)": r"\sqrt{\pi}", "sqrt(2*pi)": r"\sqrt{2\pi}", "sqrt(2)": r"\sqrt{2}"}


def name_text(name: str) -> str:
    """A variable as mathematics writes it: Greek letters, trailing digits as an index, words in one piece."""
    stem = name.rstrip("0123456789").rstrip("_") or name
    index = name[len(stem) :].lstrip("_")
    letter = _greek(stem)
    if letter in _GREEK:
        text = rf"\{letter}"
    else:
        text = stem if len(stem) == 1 else rf"\mathit{{{stem.translate(SPECIAL)}}}"
    return f"{text}_{{{index}}}" if index else text


def _greek(stem: str) -> str:
    """The name of a Greek letter; `lam` stands for the one that is a word of the language."""
    if stem == "lam":
        return "lambda"
    if len(stem) > 1 or stem.isascii():
        return stem
    words = unicodedata.name(stem, "").replace("LAMDA", "LAMBDA").split()
    return words[-1].lower() if "SMALL" in words else words[-1].capitalize() if words else stem


class LatexPrinter(ExpressionPrinter):
    """Prints terms as LaTeX for `amsmath`."""

    def _printed(self, term: Term, tight: bool) -> Text:
        if term.op in _RELATIONS:
            x, y = (self.text(arg).at(Level.SUM) for arg in term.args)
            return Text(f"{x} {_RELATIONS[term.op]} {y}", Level.COMPARISON)
        return super()._printed(term, tight)

    def _input(self, term: Term, tight: bool) -> Text:
        return Text(name_text(term.static), Level.ATOM)

    def _size(self, term: Term, tight: bool) -> Text:
        return Text("n", Level.ATOM)

    def _eye(self, term: Term, tight: bool) -> Text:
        return Text("I", Level.ATOM)

    def _array(self, term: Term, tight: bool) -> Text:
        values = term.static if len(term.shape) == 2 else [(each,) for each in term.static]
        rows = r" \\ ".join(" & ".join(self._plain(each) for each in row) for row in values)
        return Text(rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}", Level.ATOM)

    def _plain(self, value: float) -> str:
        return self(number(value))

    def _entries(self, term: Term, tight: bool) -> Text:
        texts = [self(arg) for arg in term.args]
        columns = term.shape[1] if len(term.shape) == 2 else 1
        rows = [" & ".join(texts[at : at + columns]) for at in range(0, len(texts), columns)]
        return Text(rf"\begin{{bmatrix}} {(chr(92) * 2 + ' ').join(rows)} \end{{bmatrix}}", Level.ATOM)

    def _product(self, parts: tuple[Term, ...], tight: bool) -> Text:
        constant, rest = turned(*numeric_product(parts))
        sign = "-" if constant < 0 else ""
        upper, lower = coefficient_parts(magnitude(constant))
        above = [each for each in rest if not divides(each)]
        below = [inverted(each) for each in rest if divides(each)]
        top = self._factors([_CONSTANTS.get(each, each) for each in upper], above) or "1"
        if not below and not lower:
            single = not upper and len(above) == 1
            level = self.text(above[0]).level if single and not sign else Level.PRODUCT
            return Text(f"{sign}{top}", Level.SUM if sign else level)
        bottom = self._factors([_CONSTANTS.get(each, each) for each in lower], below)
        return Text(rf"{sign}\frac{{{top}}}{{{bottom}}}", Level.SUM if sign else Level.PRODUCT)

    def _factors(self, numbers: list[str], terms: list[Term]) -> str:
        """Factors side by side; entry-by-entry products of arrays have a sign of their own."""
        if len(terms) == 1 and not numbers:
            return self(terms[0])
        scalars = [self.text(each).at(Level.PRODUCT) for each in terms if not each.shape]
        arrays = [self.text(each).at(Level.PRODUCT) for each in terms if each.shape]
        text = r"\, ".join([*scalars, r" \odot ".join(arrays)] if arrays else scalars)
        joint = r" \cdot " if numbers and text[:1].isdigit() else r"\, "
        return joint.join([*(numbers or []), *([text] if text else [])])

    def _power(self, term: Term, tight: bool) -> Text:
        base, exponent = term.args
        if exponent.value is not None and exponent.value < 0:
            return self._product((term,), tight)
        if exponent.value is not None and float(exponent.value) == 0.5:
            return Text(rf"\sqrt{{{self(base)}}}", Level.ATOM)
        if base.op in _COMMANDS and isinstance(exponent.value, int) and base.op != "exp":
            return Text(rf"\{base.op}^{{{exponent.value}}}\left({self(base.args[0])}\right)", Level.ATOM)
        circled = r"\circ " if base.shape and exponent.value is not None else ""
        return Text(f"{self.text(base).at(Level.ATOM)}^{{{circled}{self(exponent)}}}", Level.POWER)

    def _exp(self, term: Term, tight: bool) -> Text:
        return Text(f"e^{{{self(term.args[0])}}}", Level.ATOM)

    def _matmul(self, term: Term, tight: bool) -> Text:
        texts = [self.text(arg).at(Level.POWER) for arg in term.args]
        if len(term.args[0].shape) == 1:
            texts[0] = rf"{self.text(term.args[0]).at(Level.ATOM)}^{{\top}}"
        return Text(r"\, ".join(texts), Level.PRODUCT)

    def _outer(self, term: Term, tight: bool) -> Text:
        x, y = term.args
        return Text(
            rf"{self.text(x).at(Level.POWER)}\, {self.text(y).at(Level.ATOM)}^{{\top}}", Level.PRODUCT
        )

    def _transpose(self, term: Term, tight: bool) -> Text:
        x = term.args[0]
        if x.op == "inv":
            return Text(rf"{self.text(x.args[0]).at(Level.ATOM)}^{{-\top}}", Level.POWER)
        return Text(rf"{self.text(x).at(Level.ATOM)}^{{\top}}", Level.POWER)

    def _inv(self, term: Term, tight: bool) -> Text:
        return Text(rf"{self.text(term.args[0]).at(Level.ATOM)}^{{-1}}", Level.POWER)

    def _norm(self, term: Term, tight: bool) -> Text:
        return Text(rf"\left\lVert {self(term.args[0])} \right\rVert", Level.ATOM)

    def _abs(self, term: Term, tight: bool) -> Text:
        return Text(rf"\left| {self(term.args[0])} \right|", Level.ATOM)

    def _where(self, term: Term, tight: bool) -> Text:
        condition, x, y = map(self, term.args)
        cases = rf"{x} & \text{{if }} {condition} \\ {y} & \text{{otherwise}}"
        return Text(rf"\begin{{cases}} {cases} \end{{cases}}", Level.ATOM)

    def _getitem(self, term: Term, tight: bool) -> Text:
        index = ", ".join(
            str(each) for each in (term.static if isinstance(term.static, tuple) else (term.static,))
        )
        return Text(f"{self.text(term.args[0]).at(Level.ATOM)}_{{{index}}}", Level.ATOM)

    def _broadcast(self, term: Term, tight: bool) -> Text:
        return self._product((term.args[0], Term("ones", (), None, term.shape)), tight)

    def _ones(self, term: Term, tight: bool) -> Text:
        return Text(r"\mathbf{1}", Level.ATOM)

    def _log1pexp(self, term: Term, tight: bool) -> Text:
        return Text(rf"\log\left(1 + e^{{{self(term.args[0])}}}\right)", Level.ATOM)

    def call(self, function: str, *arguments: str) -> str:
        """A function in upright letters."""
        joined = ", ".join(arguments)
        name = rf"\{function}" if function in _COMMANDS else _OPERATORS.get(function, function)
        if not name.startswith("\\"):
            name = rf"\operatorname{{{name.replace('_', chr(92) + '_')}}}"
        return rf"{name}\left({joined}\right)"
