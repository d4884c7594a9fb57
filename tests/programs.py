"""Random programs for Hypothesis: text in the subset of Python that gradcli, NumPy and JAX all understand.

Every expression is made for a shape (a scalar, a vector of 3, a 3×3 matrix), so that every program runs.
Functions and ranges are chosen so that values stay moderate: a comparison of derivatives should test the
rules and not the rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

SIZE = 3
INPUTS = {"s": "scalar", "t": "scalar", "x": "vector", "y": "vector", "A": "matrix"}
SHAPES = {"scalar": (), "vector": (SIZE,), "matrix": (SIZE, SIZE)}
Draw = Callable[[st.SearchStrategy], object]

ELEMENTWISE = (
    "sin({})",
    "cos({})",
    "tanh({})",
    "exp(-({})**2)",
    "log1p(({})**2)",
    "sqrt(1.5 + ({})**2)",
    "1/(2 + ({})**2)",
    "arctan({})",
    "abs({})",
    "sinh(0.1*tanh({}))",
    "-({})",
    "({})**3*0.01",
)
BINARY = (
    "{} + {}",
    "{} - {}",
    "0.5*{}*{}",
    "{}/(2 + ({})**2)",
    "maximum({}, {})",
    "minimum({}, {})",
    "hypot({}, 1 + ({})**2)",
)
COMPARISONS = ("{} > {}", "{} <= {}", "not {} < {}", "0.1 < {} < {}")

# How a value of one shape is made from others: {v} a vector, {A} a matrix, {s} a scalar, {i} an index.
CONVERSIONS = {
    "scalar": (
        "sum({v})",
        "mean({A})",
        "dot({v}, {w})/3",
        "{v}[{i}]",
        "{A}[{i}, {j}]",
        "max({v})",
        "min({A})",
        "sqrt(0.5 + dot({v}, {v}))",
        "trace({A})",
        "prod(tanh({v}))",
        "sum(0.3*{v}[k]*{w}[k] for k in range(3) if k != {i})",
        "({s} if {s} > {u} else {u})",
    ),
    "vector": (
        "{A}[{i}]",
        "{A}[:, {j}]",
        "{A}.T @ {v}/3",
        "{A} @ {v}/3",
        "sum({A}, axis={axis})",
        "{A}.mean(axis={axis})",
        "{v}[::-1]",
        "cumsum({v})",
        "stack([{s}, {u}, {v}[{i}]])",
        "concatenate([{v}[1:], {w}[:1]])",
        "where({v} > {w}, {v}, {u}*{w})",
        "{v}[[2, 0, 0]]",
        "sort({v})",
    ),
    "matrix": (
        "outer({v}, {w})",
        "{A} @ {B}/3",
        "{A}.T",
        "{A} + {v}",
        "{A}*{v}[:, None]",
        "{v}[None, :] - {w}[:, None]",
        "where({A} > {s}, {A}, {B})",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Writer:
    """Writes one program: the names in scope by shape, and the lines so far."""

    draw: Draw
    names: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def one_of(self, choices: tuple[str, ...] | list[str]) -> str:
        return str(self.draw(st.sampled_from(choices)))

    def number(self) -> str:
        return str(self.draw(st.integers(1, 19)) / 8)  # type: ignore[operator]

    def index(self) -> str:
        return str(self.draw(st.integers(-SIZE, SIZE - 1)))

    def expression(self, shape: str, depth: int = 2) -> str:
        """An expression of a shape, in brackets where it is not a single name."""
        kind = self.draw(st.integers(0, 4)) if depth else 0
        if kind == 0:
            return self.one_of([*self.names[shape], *([self.number()] if shape == "scalar" else [])])
        if kind in (1, 2):
            text = self.one_of(CONVERSIONS[shape]).format(**self.operands(depth - 1))
        elif kind == 3:
            text = self.one_of(ELEMENTWISE).format(self.expression(shape, depth - 1))
        else:
            other = self.one_of([shape, "scalar"])
            text = self.one_of(BINARY).format(
                self.expression(shape, depth - 1), self.expression(other, depth - 1)
            )
        return f"({text})"

    def operands(self, depth: int) -> dict[str, str]:
        """One operand for every place that a conversion may have."""
        shapes = {"s": "scalar", "u": "scalar", "v": "vector", "w": "vector", "A": "matrix", "B": "matrix"}
        texts = {name: self.expression(shape, min(depth, 1)) for name, shape in shapes.items()}
        return {**texts, "i": self.index(), "j": self.index(), "axis": self.one_of(["0", "1"])}

    def condition(self) -> str:
        left, right = self.expression("scalar", 1), self.expression("scalar", 1)
        return self.one_of(COMPARISONS).format(left, right)

    def fresh(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def assign(self, indent: str = "") -> None:
        """`name = expression`, for a new name."""
        shape = self.one_of(list(SHAPES))
        name = self.fresh()
        self.lines.append(f"{indent}{name} = {self.expression(shape)}")
        self.names[shape].append(name)

    def update(self, indent: str) -> None:
        """An assignment to a name that a statement before it has made."""
        shape = self.one_of([shape for shape, names in self.names.items() if any(map(self.own, names))])
        name = self.one_of([name for name in self.names[shape] if self.own(name)])
        value = self.expression(shape)
        self.lines.append(
            f"{indent}{name} = {self.one_of(('0.5*{0} + {1}', '{1}', 'sin({0} - {1})')).format(name, value)}"
        )

    def own(self, name: str) -> bool:
        return name not in INPUTS

    def branch(self) -> None:
        self.lines.append(f"if {self.condition()}:")
        self.update("    ")
        if self.draw(st.booleans()):
            self.lines.append(f"elif {self.condition()}:")
            self.update("    ")
        self.lines.append("else:")
        self.update("    ")

    def for_loop(self) -> None:
        self.lines.append(f"for i in range({self.index()}, 3):")
        self.update("    ")
        if self.draw(st.booleans()):
            self.lines.append(f"    if {self.condition()}: {self.one_of(('break', 'continue'))}")
            self.update("    ")

    def while_loop(self) -> None:
        counter = self.fresh()
        self.lines += [
            f"{counter} = 0",
            f"while {counter} < 4 and {self.condition()}:",
            f"    {counter} += 1",
        ]
        self.update("    ")

    def fill(self) -> None:
        """A vector filled entry by entry; it has a name of its own, since NumPy's arrays are shared."""
        name = self.fresh()
        entry = f"{self.expression('scalar', 1)}*{self.one_of(self.names['vector'])}[i]"
        operator = self.one_of(("=", "+=", "-="))
        self.lines += [f"{name} = 1.0*{self.expression('vector', 1)}", "for i in range(1, 3):"]
        self.lines += [f"    {name}[i - 1] {operator} {entry} - {name}[i]"]
        self.names["vector"].append(name)

    def function(self) -> None:
        """A function of two scalars, called at once."""
        name, result = self.fresh(), self.fresh()
        outer, self.names = self.names, {**self.names, "scalar": ["a", "b"]}
        body = self.expression("scalar")
        self.names = outer
        arguments = f"{self.expression('scalar', 1)}, b={self.expression('scalar', 1)}"
        self.lines += [f"def {name}(a, b=1.5):", "    if a > b: return a - b", f"    return {body}"]
        self.lines.append(f"{result} = {name}({arguments})")
        self.names["scalar"].append(result)


@st.composite
def programs(draw: Draw) -> str:
    """A program of the inputs `INPUTS` whose value is a scalar."""
    writer = Writer(draw)
    for shape in SHAPES:
        writer.names[shape] = [name for name, own in INPUTS.items() if own == shape]
    writer.assign()
    statements = (
        writer.assign,
        writer.branch,
        writer.for_loop,
        writer.while_loop,
        writer.fill,
        writer.function,
    )
    for _ in range(draw(st.integers(1, 5))):  # type: ignore[call-overload]
        draw(st.sampled_from(statements))()  # type: ignore[operator]
    made = {shape: [name for name in names if writer.own(name)] for shape, names in writer.names.items()}
    terms = [*made["scalar"], *(f"mean({name})" for name in made["vector"] + made["matrix"])]
    return "\n".join([*writer.lines, " + ".join(terms)]) + "\n"


def inputs(seed: int) -> dict[str, np.ndarray]:
    """Random values for `INPUTS`: generic ones, so that no comparison meets a tie by accident."""
    random = np.random.default_rng(seed)
    return {name: np.asarray(random.uniform(-2, 2, SHAPES[shape]))[()] for name, shape in INPUTS.items()}
