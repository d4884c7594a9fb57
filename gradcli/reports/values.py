"""Reports of numbers: values, gradients, products with vectors, Jacobians, Hessians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradcli.language.strict_json import Data
from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run, one_or_all
from gradcli.structures import leaves


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
        return self.run.document(vjp=_one_or_list(self.products))

    def columns(self) -> tuple[Column, ...]:
        """One column of cotangents for each pass: v in the rows of the outputs, vᵀJ in those of inputs."""
        passes = enumerate(zip(self.cotangents, self.products, strict=True), 1)
        single = len(self.products) == 1
        titled = ((Column("cotangent" if single else f"cotangent {n}", *each)) for n, each in passes)
        return self.run.column(), *titled

    def answers(self) -> tuple[Answer, ...]:
        """The product for each input, numbered when there are several vectors."""
        return _numbered("vjp", self.products)


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
    """The Hessian times vectors, one product each."""

    run: Run
    vectors: tuple[Mapping[str, Data], ...]
    products: tuple[Mapping[str, Data], ...]

    def document(self) -> dict[str, Any]:
        """The run with `hvp`: an object, or a list of them when there are several vectors."""
        return self.run.document(hvp=_one_or_list(self.products))

    def columns(self) -> tuple[Column, ...]:
        """Each vector and its product next to the inputs."""
        signs = [""] if len(self.products) == 1 else [f" {n}" for n in range(1, len(self.products) + 1)]
        columns = [self.run.column()]
        for sign, vector, product in zip(signs, self.vectors, self.products, strict=True):
            columns += [Column(f"v{sign}", {}, vector), Column(f"hessian · v{sign}", {}, product)]
        return tuple(columns)

    def answers(self) -> tuple[Answer, ...]:
        """The product for each input, numbered when there are several vectors."""
        return _numbered("hvp", self.products)


def _one_or_list(products: Sequence[Mapping[str, Data]]) -> Any:
    return products[0] if len(products) == 1 else list(products)


def _numbered(kind: str, products: Sequence[Mapping[str, Data]]) -> tuple[Answer, ...]:
    """The answers of one pass by input, of several by number and input."""
    if len(products) == 1:
        return _answers(kind, products[0])
    return tuple(
        Answer(kind, (str(n), x), data) for n, each in enumerate(products, 1) for x, data in each.items()
    )


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
