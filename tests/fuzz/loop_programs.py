"""Random programs whose time goes into a loop, by `random.Random`: thousands are made in a second.

A program has one outer loop of as many rounds as are asked for. Inside it there is what loops are made of:
branches, jumps, loops that depend on the data, reads and writes of entries, functions that return early,
tuples, integers beside floats. What a round leaves for the next one is damped, so that neither values nor
gradients grow, and a comparison tests the rules and not the rounding.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

INPUTS = {"s": "f", "t": "f", "x": "v", "y": "v", "A": "m"}

_SCALARS = (
    "sin({f})", "cos({f} - {f})", "tanh({f})", "exp(-({f})**2)", "sqrt(1.5 + ({f})**2)", "log1p(({f})**2)",
    "1/(2 + ({f})**2)", "abs({f})", "-{f}", "{f} + {f}", "{f} - {f}", "0.5*{f}*{f}",
    "{f}/(1.5 + ({f})**2)", "{f} + {k}", "{f}*{i}/7", "{i} - {f}", "({f})**2", "0.1*({f})**3",
    "0.1*tanh({f})**({n} % 4)", "(1.2 + tanh({f}))**0.5", "(1.5 + tanh({f}))**tanh({f})", "max({f}, {f})",
    "min({f}, {k})", "maximum({f}, {f})", "where({f} > {f}, {f}, {k})", "({f} if {c} else {f})",
    "{v}[{e}]", "{v}[{e}]", "{m}[{e}, {e}]", "sum({v})/{N}", "mean({v}*{v})", "dot({v}, {v})/{N}",
    "max({v})", "min({v})", "norm({v})/{N}", "trace({m})/{N}", "sum({v}[j]*{f} for j in range({N}))/{N}",
    "sum({v}[j]*{v}[-1 - j] for j in range(2))", "sum([{f}, {f}*0.3])", "detach({f})*{f}", "sigmoid({f})",
    "relu({f})", "hypot(1 + ({f})**2, {f})", "square({f})*0.2", "sum(({m} @ {v})*{v})/{N}",
    "{v}[[0, 2, 2]].sum()/3", "mean({m}[[1, 1], [0, 2]])", "prod(tanh({v}))", "logsumexp({v})/{N}",
    "{v}[1:].sum()/3", "{m}[{e}].mean()", "float({n})*0.1", "({f})*({f} > {f})", "{f} % 1.7",
)  # fmt: skip
_VECTORS = (
    "{v} + {v}", "{v}*{f}", "{v} - {f}", "0.5*{v}*{v}", "tanh({v})", "sin({v})", "{m} @ {v}/{N}",
    "{v}/(1.5 + {v}**2)", "where({v} > {v}, {v}, {f})", "maximum({v}, {f})", "abs({v})", "{v}[::-1]",
    "{m}[{e}]", "{m}[:, 1]", "cumsum({v})/{N}", "({v} if {c} else {v})", "-{v}", "{v}**2*0.3",
    "sum({m}, axis=0)/{N}", "{m}.T @ {v}/{N}", "exp(-{v}**2)", "roll({v}, 1)",
    "concatenate([{v}[[1, 1]], {v}[2:]])", "sort({v})", "diag({m})", "cumprod(tanh({v}))", "clip({v}, -1, 1)",
    "array([{f}*j for j in range({N})])", "detach({v})*{f}", "softmax({v})",
)  # fmt: skip
_MATRICES = (
    "{m} + {v}", "0.3*{m} @ {m}", "{m}*{f}", "outer({v}, {v})*0.3", "tanh({m})", "{m}.T", "{m} - {m}",
    "where({m} > {f}, {m}, {f})", "diag({v})", "triu({m})", "0.5*{m}[::-1]",
)  # fmt: skip
_CONDITIONS = (
    "{f} > {f}", "{f} < {k}", "{n} % 2 == 0", "{n} % 3 != 1", "{f} > {k} and {f} < {f}",
    "{f} > {f} or {n} % 4 == 1", "not {f} > {k}", "-0.5 < {f} < 0.7", "{f} >= {f} and not {f} <= {k}",
    "{v}[{e}] > {f}", "sum({v}) > {k}", "{f} > {f} or {f} < {k} and {n} % 2 == 1", "{n} % 3", "{n} > {n}",
    "any({v} > {k})",
)  # fmt: skip
_COUNTS = (
    "{n} + 1",
    "{n} % 5",
    "({n} + 3) % 7",
    "{n} // 2",
    "abs({n} - 4)",
    "({n}*3 + 1) % 8",
    "min({n}, 6)",
)
_DAMPED = (
    "0.5*{own} + 0.4*{new}", "tanh({new}) + 0.2*{own}", "sin({new} + 0.3*{own})",
    "0.8*{own} + 0.1*tanh({new})", "{new}/(2 + ({new})**2)",
)  # fmt: skip


class LoopWriter:
    """Writes one program; `names` are those in scope by kind: floats, ints, vectors, matrices, functions."""

    def __init__(self, seed: int, rounds: int) -> None:
        self.random = random.Random(seed)
        self.rounds = rounds
        self.size = self.random.choice((3, 4, 5))
        self.lines: list[str] = []
        self.names: dict[str, list[str]] = {kind: [] for kind in "fivmnF"}
        self.state: dict[str, list[str]] = {kind: [] for kind in "fivm"}
        self.count = 0
        self.indent = 0
        self.loops = 0
        for name, kind in INPUTS.items():
            self.names[kind].append(name)

    # Text ---------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def fresh(self, kind: str = "u") -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def expression(self, kind: str, depth: int = 2) -> str:
        """An expression of a kind; in brackets unless it is a name."""
        choices = {"f": _SCALARS, "v": _VECTORS, "m": _MATRICES, "c": _CONDITIONS, "n": _COUNTS}
        if kind == "c":
            return self.filled(self.random.choice(choices["c"]), max(depth - 1, 0))
        if depth <= 0 or self.chance(0.3):
            return self.name(kind)
        if kind == "f" and self.names["F"] and self.chance(0.12):
            return self.call(depth)
        return f"({self.filled(self.random.choice(choices[kind]), depth - 1)})"

    def name(self, kind: str) -> str:
        if kind == "f" and self.chance(0.12):
            return self.constant()
        if kind == "n":
            return self.random.choice(self.names["i"]) if self.names["i"] else "2"
        return self.random.choice(self.names[kind])

    def constant(self) -> str:
        return self.random.choice(("0.5", "1", "2", "0", "-0.25", "1.25", "0.125", "3"))

    def filled(self, template: str, depth: int) -> str:
        """A template with its holes filled: f, v, m, c, n (a count), i (a count), e (an index), k, N."""
        parts, rest = [], template
        while "{" in rest:
            before, _, rest = rest.partition("{")
            hole, _, rest = rest.partition("}")
            parts += [before, self.hole(hole, depth)]
        return "".join([*parts, rest])

    def hole(self, hole: str, depth: int) -> str:
        if hole == "N":
            return str(self.size)
        if hole == "k":
            return self.constant()
        if hole == "e":
            return self.index()
        return self.expression({"i": "n"}.get(hole, hole), 0 if hole in "in" else depth)

    def index(self) -> str:
        """An index into an axis of the program's size."""
        fixed = str(self.random.randrange(-self.size, self.size))
        if not self.names["i"] or self.chance(0.3):
            return fixed
        count = self.random.choice(self.names["i"])
        return self.random.choice((f"{count} % {self.size}", f"-1 - {count} % {self.size}"))

    def call(self, depth: int) -> str:
        name, arguments = self.random.choice(self.names["F"]).split(":")
        texts = [self.expression("v" if each == "v" else "f", depth - 1) for each in arguments]
        return f"{name}({', '.join(texts)})"

    # Statements ---------------------------------------------------------------------------------------------

    def scoped(self, *statements: Any) -> None:
        """Statements of a block: names that are made there are unknown behind it."""
        before = {kind: list(names) for kind, names in self.names.items()}
        self.indent += 1
        for statement in statements:
            statement()
        self.indent -= 1
        self.names = before

    def some(self, least: int = 1, most: int = 2) -> None:
        for _ in range(self.random.randint(least, most)):
            self.statement()

    def statement(self) -> None:
        simple = (
            self.assign, self.update, self.update, self.augment, self.write, self.write, self.swap,
            self.several, self.kinds, self.count_on, self.frozen, self.condition_in_a_name,
        )  # fmt: skip
        compound = (
            self.branch,
            self.branch,
            self.branch,
            self.inner_for,
            self.inner_while,
            self.jump,
            self.over,
        )
        deep = self.indent > 3 or self.loops > 3
        self.random.choice(simple if deep or self.chance(0.55) else compound)()

    def assign(self) -> None:
        kind = self.random.choice("ffffvvm")
        value = self.expression(kind)
        name = self.fresh()
        self.line(f"{name} = {value}")
        self.names[kind].append(name)

    def update(self) -> None:
        kind = self.random.choice("fffvm")
        own = self.random.choice(self.state[kind])
        self.line(f"{own} = {self.damped(own, self.expression(kind))}")

    def damped(self, own: str, new: str) -> str:
        return self.random.choice(_DAMPED).format(own=own, new=new)

    def augment(self) -> None:
        own = self.random.choice(self.state[self.random.choice("ffv")])
        self.line(f"{own} *= 0.5")
        self.line(f"{own} {self.random.choice(('+=', '-='))} 0.3*{self.expression('f')}")

    def write(self) -> None:
        """Into an entry, a row or a slice."""
        matrix = self.chance(0.35)
        own = self.random.choice(self.state["m" if matrix else "v"])
        value = self.expression("f")
        if matrix and self.chance(0.3):
            self.line(f"{own}[{self.index()}] = tanh({self.expression('v')})")
            return
        if not matrix and self.chance(0.2):
            part = self.random.choice(("1:", ":2", "::-1", "::2", "[2, 0]"))
            self.line(f"{own}[{part}] = 0.5*{own}[{part}] + 0.1*tanh({value})")
            return
        place = f"{own}[{self.index()}, {self.index()}]" if matrix else f"{own}[{self.index()}]"
        if self.chance(0.3):
            self.line(f"{place} *= 0.5")
            self.line(f"{place} += 0.4*tanh({value})")
        else:
            self.line(f"{place} = {self.damped(place, value)}")

    def swap(self) -> None:
        kind = self.random.choice("ffv")
        if len(self.state[kind]) > 1:
            one, other = self.random.sample(self.state[kind], 2)
            self.line(f"{one}, {other} = {other}, {self.damped(one, self.expression(kind, 1))}")

    def several(self) -> None:
        """A tuple on its way into names."""
        names = [self.fresh() for _ in range(2)]
        pair = self.fresh("p")
        self.line(f"{pair} = ({self.expression('f', 1)}, {self.expression('f', 1)})")
        self.line(f"{', '.join(names)} = {pair}")
        self.names["f"] += names

    def kinds(self) -> None:
        """A name that is now an integer and now a float."""
        name = self.fresh()
        self.line(f"{name} = {self.random.choice('012')}")
        self.line(f"if {self.expression('c')}:")
        self.scoped(lambda: self.line(f"{name} = {self.expression('f', 1)}"))
        self.names["f"].append(name)

    def count_on(self) -> None:
        own = self.random.choice(self.state["i"])
        self.line(f"{own} = ({self.expression('n', 1)} + {own} + 1) % 11")

    def frozen(self) -> None:
        name = self.fresh()
        self.line("with no_grad():")
        self.indent += 1
        self.line(f"{name} = {self.expression('f')}")
        self.indent -= 1
        self.names["f"].append(name)

    def condition_in_a_name(self) -> None:
        name, own = self.fresh("b"), self.random.choice(self.state["f"])
        self.line(f"{name} = {self.expression('c')}")
        self.line(f"{own} = {self.expression('f', 1)} if {name} else 0.5*{own}")

    def branch(self) -> None:
        self.line(f"if {self.expression('c')}:")
        self.scoped(self.some)
        if self.chance(0.4):
            self.line(f"elif {self.expression('c')}:")
            self.scoped(self.some)
        if self.chance(0.6):
            self.line("else:")
            self.scoped(self.some)

    def jump(self) -> None:
        if self.loops:
            self.line(f"if {self.expression('c')} and ({self.expression('c')}):")
            jumps = ("continue", "break") if self.loops > 1 else ("continue",)
            self.scoped(self.update, lambda: self.line(self.random.choice(jumps)))

    def inside(self) -> None:
        self.loops += 1
        self.some(1, 2)
        self.loops -= 1

    def inner_for(self) -> None:
        name = self.fresh("j")
        count = self.random.choice(("3", f"{self.size}", "1, 4", "4, 0, -2", self.filled("1 + {n} % 4", 0)))
        self.line(f"for {name} in range({count}):")
        self.names["i"].append(name)
        self.scoped(self.update, self.inside)
        self.names["i"].remove(name)

    def over(self) -> None:
        """A loop over an array, or over two side by side, or over one with the numbers of its rows."""
        kind, other = self.random.choice("vm"), self.random.choice("vm")
        name, beside = self.fresh(), self.fresh()
        form, also = self.random.choice(
            (
                (f"for {name} in {self.name(kind)}:", ""),
                (f"for {name}, {beside} in zip({self.name(kind)}, {self.name(other)}):", other),
                (f"for {beside}, {name} in enumerate({self.name(kind)}):", "i"),
            )
        )
        self.line(form)
        elements = {"v": "f", "m": "v", "i": "i"}
        taken = [(elements[kind], name)] + ([(elements[also], beside)] if also else [])
        for element, each in taken:
            self.names[element].append(each)
        self.scoped(self.update, self.inside)
        for element, each in taken:
            self.names[element].remove(each)

    def inner_while(self) -> None:
        count = self.fresh("w")
        self.line(f"{count} = 0")
        self.line(f"while {count} < {self.random.choice('234')} and ({self.expression('c')}):")
        self.names["i"].append(count)
        self.scoped(lambda: self.line(f"{count} += 1"), self.update, self.inside)

    # Functions ----------------------------------------------------------------------------------------------

    def function(self) -> None:
        """A function of floats and vectors; it also sees the inputs and returns on one of several ways."""
        name = self.fresh("g")
        kinds = self.random.choice(("f", "ff", "fv"))
        parameters = [self.fresh("a") for _ in kinds]
        outer, state = self.names, self.state
        self.names = {**{kind: list(names) for kind, names in outer.items()}, "F": []}
        self.line(f"def {name}({', '.join(parameters)}):")
        for kind, parameter in zip(kinds, parameters, strict=True):
            self.names[kind] += [parameter] * 3
        self.indent += 1
        if self.chance(0.6):
            self.line(f"if {self.expression('c')}: return {self.expression('f')}")
        if self.chance(0.4):
            own = self.fresh()
            self.line(f"{own} = {self.expression('f')}")
            self.line(f"for j in range({self.random.choice('23')}):")
            self.indent += 1
            if self.chance(0.5):
                self.line(f"if {self.expression('c')}: {self.random.choice(('break', 'continue'))}")
            self.line(f"{own} = {self.damped(own, self.expression('f'))}")
            self.indent -= 1
            self.names["f"].append(own)
        self.line(f"return {self.expression('f')}")
        self.indent -= 1
        self.names, self.state = outer, state
        self.names["F"].append(f"{name}:{kinds}")

    # The whole ----------------------------------------------------------------------------------------------

    def written(self) -> str:
        """The program's text."""
        for _ in range(self.random.randint(0, 2)):
            self.function()
        start = {
            "f": ("s", "0.5*t", "0", "0.3"), "i": ("0", "1", "5"), "v": ("x", "0.5*y", f"zeros({self.size})"),
            "m": ("A", f"zeros(({self.size}, {self.size}))", "0.2*A"),
        }  # fmt: skip
        for kind, number in (("f", 3), ("i", 1), ("v", 2), ("m", 1)):
            for _ in range(number):
                name = self.fresh({"f": "f", "i": "k", "v": "v", "m": "m"}[kind])
                self.line(f"{name} = {self.random.choice(start[kind])}")
                self.state[kind].append(name)
        for kind, names in self.state.items():
            self.names[kind] += names * 2
        self.outer_loop()
        ends = [*self.state["f"], *(f"mean({name})" for name in self.state["v"] + self.state["m"])]
        self.line(f"{' + '.join(ends)} + 0.01*{self.state['i'][0]}")
        return "\n".join(self.lines) + "\n"

    def outer_loop(self) -> None:
        self.loops = 1
        if self.chance(0.7):
            count = self.fresh("i")
            self.line(f"for {count} in range({self.rounds}):")
            self.names["i"].append(count)
            self.scoped(lambda: self.some(2, 6), self.update, self.leave)
        else:
            count = self.fresh("w")
            self.line(f"{count} = 0")
            self.line(f"while {count} < {self.rounds} and {self.state['f'][0]} < 1e6:")
            self.names["i"].append(count)
            self.scoped(lambda: self.line(f"{count} += 1"), lambda: self.some(2, 6), self.update, self.leave)

    def leave(self) -> None:
        """Leave the outer loop late, where the data says so."""
        if self.chance(0.25):
            count = self.names["i"][-1]
            self.line(f"if {count} > {self.rounds - 5} and ({self.expression('c')}): break")


def program(seed: int, rounds: int) -> tuple[str, dict[str, Any]]:
    """A random program and values for its inputs."""
    writer = LoopWriter(seed, rounds)
    text = writer.written()
    size, generator = writer.size, np.random.default_rng(seed)
    shapes = {"f": (), "v": (size,), "m": (size, size)}
    points = {name: generator.uniform(-1.5, 1.5, shapes[kind])[()] for name, kind in INPUTS.items()}
    return text, points


def program_of_numbers(seed: int, rounds: int) -> tuple[str, dict[str, float]]:
    """The same with numbers as inputs only: of these it makes its arrays itself."""
    text, points = program(seed, rounds)
    arrays = {name: value for name, value in points.items() if np.ndim(value)}
    made = [
        f"{name} = array({value.tolist()})*(1 + 0.1*{'st'[name == 'y']})" for name, value in arrays.items()
    ]
    return "\n".join([*made, text]), {name: float(points[name]) for name in points.keys() - arrays.keys()}
