"""What commands report: frozen records of plain data, which renderers turn into text.

Every report has its `run`, and offers the same three views to every format: `document()` is the JSON object,
`columns()` the table (one row per output and input, the value beside whatever was derived), `answers()` what
was asked for and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from gradcli.language.strict_json import Data
from gradcli.status import Status
from gradcli.structures import leaves

SCHEMA = "gradcli/1"


class Column(NamedTuple):
    """A column of a table: its title, and its entries in the rows of the outputs and of the inputs."""

    title: str
    outputs: Mapping[str, Data]
    inputs: Mapping[str, Data]


class Answer(NamedTuple):
    """One result: its kind (`gradient`, `jacobian`), the names it belongs to, and its data."""

    kind: str
    names: tuple[str, ...]
    data: Data


class Run(NamedTuple):
    """What every report tells about its run: the program, its inputs, its outputs by name (`""` for one)."""

    command: str
    program: str
    inputs: Mapping[str, Data]
    outputs: Mapping[str, Data]
    notes: tuple[str, ...] = ()
    status: Status = Status.OK

    def document(self, **results: Any) -> dict[str, Any]:
        """The JSON object, with the results among what is known about the run."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "program": self.program,
            "inputs": self.inputs,
            "value": one_or_all(self.outputs),
            **results,
            "notes": list(self.notes),
        }

    def column(self) -> Column:
        """The column of values."""
        return Column("value", self.outputs, self.inputs)


class Report(Protocol):
    """What renderers know about a report."""

    @property
    def run(self) -> Run:
        """The run that the report is about."""

    def document(self) -> dict[str, Any]:
        """The report as one JSON object."""

    def columns(self) -> tuple[Column, ...]:
        """The report as a table."""

    def answers(self) -> tuple[Answer, ...]:
        """What was asked for."""


class Evaluation(NamedTuple):
    """The value of a program."""

    run: Run

    def document(self) -> dict[str, Any]:
        """The run alone."""
        return self.run.document()

    def columns(self) -> tuple[Column, ...]:
        """The values."""
        return (self.run.column(),)

    def answers(self) -> tuple[Answer, ...]:
        """The outputs."""
        return _answers("value", self.run.outputs)


class Gradient(NamedTuple):
    """The gradient of a scalar program by its inputs."""

    run: Run
    gradients: Mapping[str, Data]

    def document(self) -> dict[str, Any]:
        """The run with `gradients`."""
        return self.run.document(gradients=self.gradients)

    def columns(self) -> tuple[Column, ...]:
        """The gradient next to its input."""
        return self.run.column(), Column("gradient", {}, self.gradients)

    def answers(self) -> tuple[Answer, ...]:
        """The gradient by each input."""
        return _answers("gradient", self.gradients)


class Accumulated(NamedTuple):
    """The sum of the gradients of several programs; the outputs of `run` are their values."""

    run: Run
    programs: tuple[str, ...]
    gradients: Mapping[str, Data]

    def document(self) -> dict[str, Any]:
        """The programs with their values, and the sum of the values with its `gradients`."""
        values = list(self.run.outputs.values())
        return {
            **self.run.document(programs=list(self.programs), values=values, gradients=self.gradients),
            "value": sum(values),  # what the gradients are the gradients of
        }

    def columns(self) -> tuple[Column, ...]:
        """The values of the programs, then the sum of their gradients next to each input."""
        return self.run.column(), Column("accumulated gradient", {}, self.gradients)

    def answers(self) -> tuple[Answer, ...]:
        """The accumulated gradient by each input."""
        return _answers("gradient", self.gradients)


class VectorJacobian(NamedTuple):
    """Vectors times the Jacobian: the cotangents of the outputs, and those of the inputs, one pass each."""

    run: Run
    cotangents: tuple[Mapping[str, Data], ...]
    products: tuple[Mapping[str, Data], ...]

    def document(self) -> dict[str, Any]:
        """The run with `vjp`: an object, or a list of them when there are several vectors."""
        return self.run.document(vjp=self.products[0] if len(self.products) == 1 else list(self.products))

    def columns(self) -> tuple[Column, ...]:
        """One column of cotangents for each pass: v in the rows of the outputs, vᵀJ in those of inputs."""
        passes = enumerate(zip(self.cotangents, self.products, strict=True), 1)
        single = len(self.products) == 1
        titled = ((Column("cotangent" if single else f"cotangent {n}", *each)) for n, each in passes)
        return self.run.column(), *titled

    def answers(self) -> tuple[Answer, ...]:
        """The product for each input, numbered when there are several vectors."""
        if len(self.products) == 1:
            return _answers("vjp", self.products[0])
        numbered = enumerate(self.products, 1)
        return tuple(Answer("vjp", (str(n), x), data) for n, each in numbered for x, data in each.items())


class JacobianVector(NamedTuple):
    """The Jacobian times a vector: the tangents of the inputs, and those of the outputs."""

    run: Run
    tangents: Mapping[str, Data]
    products: Mapping[str, Data]

    def document(self) -> dict[str, Any]:
        """The run with `jvp`."""
        return self.run.document(jvp=one_or_all(self.products))

    def columns(self) -> tuple[Column, ...]:
        """The tangents: u in the rows of the inputs, J u in those of the outputs."""
        return self.run.column(), Column("tangent", self.products, self.tangents)

    def answers(self) -> tuple[Answer, ...]:
        """The product for each output."""
        return _answers("jvp", self.products)


class Jacobian(NamedTuple):
    """The Jacobian of every output by every input, in numerator layout."""

    run: Run
    jacobians: Mapping[str, Mapping[str, Data]]

    def document(self) -> dict[str, Any]:
        """The run with `jacobian`, by output too when there are several."""
        return self.run.document(jacobian=one_or_all(self.jacobians))

    def columns(self) -> tuple[Column, ...]:
        """One column per output, the Jacobian by each input next to it."""
        titled = (
            Column(f"jacobian of {y}" if y else "jacobian", {}, of_y) for y, of_y in self.jacobians.items()
        )
        return self.run.column(), *titled

    def answers(self) -> tuple[Answer, ...]:
        """The block of each output and input."""
        blocks = ((y, x, block) for y, of_y in self.jacobians.items() for x, block in of_y.items())
        return tuple(Answer("jacobian", (y, x) if y else (x,), block) for y, x, block in blocks)


class Hessian(NamedTuple):
    """The Hessian of a scalar program by every pair of inputs."""

    run: Run
    hessians: Mapping[str, Any]

    @property
    def blocks(self) -> dict[str, dict[str, Data]]:
        """The block of each pair of inputs (or parts of structured ones), by the second one first."""
        blocks: dict[str, dict[str, Data]] = {}
        for x, row in self.hessians.items():
            for x_part, by_second in _parts(row, self.run.inputs.get(x), x):
                for y, block in by_second.items():
                    for y_part, part in leaves(block, y):
                        blocks.setdefault(y_part, {})[x_part] = part
        return blocks

    def document(self) -> dict[str, Any]:
        """The run with `hessian`."""
        return self.run.document(hessian=self.hessians)

    def columns(self) -> tuple[Column, ...]:
        """One column per second input, the block next to the first."""
        blocks = self.blocks
        titles = (f"hessian by {y}" if len(blocks) > 1 else "hessian" for y in blocks)
        return self.run.column(), *(
            Column(title, {}, each) for title, each in zip(titles, blocks.values(), strict=True)
        )

    def answers(self) -> tuple[Answer, ...]:
        """The block of each pair of inputs."""
        blocks = self.blocks
        if len(blocks) == 1:
            return _answers("hessian", next(iter(blocks.values())))
        return tuple(Answer("hessian", (x, y), blocks[y][x]) for x in blocks for y in blocks)


class HessianVector(NamedTuple):
    """The Hessian times a vector."""

    run: Run
    vector: Mapping[str, Data]
    products: Mapping[str, Data]

    def document(self) -> dict[str, Any]:
        """The run with `hvp`."""
        return self.run.document(hvp=self.products)

    def columns(self) -> tuple[Column, ...]:
        """The vector and its product next to each input."""
        return self.run.column(), Column("v", {}, self.vector), Column("hessian · v", {}, self.products)

    def answers(self) -> tuple[Answer, ...]:
        """The product for each input."""
        return _answers("hvp", self.products)


class Formula(NamedTuple):
    """A derivative as text of the language and as LaTeX; `names` are what it is taken by."""

    names: tuple[str, ...]
    text: str
    latex: str


class Rewriting(NamedTuple):
    """A step of a simplification: the rule, the identity that it states, and what it made of what."""

    rule: str
    identity: str
    before: str
    after: str


class Derivatives(NamedTuple):
    """Derivatives as formulas; `code` is the text in another language that was asked for."""

    run: Run
    formulas: tuple[Formula, ...]
    conditions: tuple[str, ...] = ()
    steps: tuple[Rewriting, ...] = ()
    code: str | None = None

    formats: ClassVar = {
        "table": "gradcli.render.formula_table",
        "plain": "gradcli.render.formula_plain",
        "markdown": "gradcli.render.formula_markdown",
        "latex": "gradcli.render.formula_latex",
    }

    def document(self) -> dict[str, Any]:
        """The run with `derivatives`, and with `code`, `conditions` and `steps` where there are some."""
        extra: dict[str, Any] = {} if self.code is None else {"code": self.code}
        if self.conditions:
            extra["conditions"] = list(self.conditions)
        if self.steps:
            extra["steps"] = [step._asdict() for step in self.steps]
        return self.run.document(derivatives=self.by_name(), **extra)

    def by_name(self) -> dict[str, Any]:
        """The texts by input name; by both names for second derivatives by pairs."""
        found: dict[str, Any] = {}
        for formula in self.formulas:
            *outer, last = formula.names
            level = found
            for name in outer:
                level = level.setdefault(name, {})
            level[last] = formula.text
        return found

    def columns(self) -> tuple[Column, ...]:
        """The formulas beside the inputs."""
        return (Column("derivative", {}, self.by_name()),)

    def answers(self) -> tuple[Answer, ...]:
        """The formula for each input."""
        return tuple(Answer("derivative", each.names, each.text) for each in self.formulas)


def one_or_all(by_output: Mapping[str, Any]) -> Any:
    """What belongs to the one output, or a mapping by the names of several."""
    return by_output.get("", by_output)


def _parts(row: Any, like: Data | None, path: str) -> Iterator[tuple[str, Any]]:
    """What `row` holds for each part of the structure that `like` has, with the path of the part."""
    if isinstance(like, Mapping):
        for key, each in like.items():
            yield from _parts(row[key], each, f"{path}.{key}")
    elif isinstance(like, list):
        for position, each in enumerate(like):
            yield from _parts(row[position], each, f"{path}[{position}]")
    else:
        yield path, row


def _answers(kind: str, data: Mapping[str, Data]) -> tuple[Answer, ...]:
    return tuple(Answer(kind, (name,) if name else (), each) for name, each in data.items())
