"""Reports of Jacobians and Hessians by their entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.structured import SparseMatrix
from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run
from gradcli.reports.values import Hessian, Jacobian
from gradcli.structures import leaves, rebuild

FORMATS = {"csv": "gradcli.render.sparse_csv", "npz": "gradcli.render.sparse_npz"}


class Titled(NamedTuple):
    """A matrix with what it is (`jacobian`, `hessian by y`) and the name of the input that it belongs to."""

    title: str
    name: str
    matrix: SparseMatrix


class SparseJacobian(NamedTuple):
    """The Jacobian of every output by every input, by its entries."""

    run: Run
    jacobians: Mapping[str, Mapping[str, Any]]

    @property
    def formats(self) -> dict[str, str]:
        """The modules that write entries as such."""
        return FORMATS

    @property
    def matrices(self) -> tuple[Titled, ...]:
        """All matrices, in the order of the table's columns."""
        return tuple(_titled(Jacobian(self.run, self.jacobians).columns()))

    def document(self) -> dict[str, Any]:
        """The run with `jacobian`: the shape of each matrix, and row, column and value of its entries."""
        return Jacobian(self.run, rebuild(dict(self.jacobians), _described)).document()

    def columns(self) -> tuple[Column, ...]:
        """A row for each entry: row, column, value."""
        return Jacobian(self.run, rebuild(dict(self.jacobians), _table)).columns()

    def answers(self) -> tuple[Answer, ...]:
        """The entries for each output and input."""
        return Jacobian(self.run, rebuild(dict(self.jacobians), _table)).answers()


class SparseHessian(NamedTuple):
    """The Hessian of a scalar program by every pair of inputs, by its entries."""

    run: Run
    hessians: Mapping[str, Any]

    @property
    def formats(self) -> dict[str, str]:
        """The modules that write entries as such."""
        return FORMATS

    @property
    def matrices(self) -> tuple[Titled, ...]:
        """All matrices, in the order of the table's columns."""
        return tuple(_titled(Hessian(self.run, self.hessians).columns()))

    def document(self) -> dict[str, Any]:
        """The run with `hessian`: the shape of each matrix, and row, column and value of its entries."""
        return Hessian(self.run, rebuild(dict(self.hessians), _described)).document()

    def columns(self) -> tuple[Column, ...]:
        """A row for each entry: row, column, value."""
        return Hessian(self.run, rebuild(dict(self.hessians), _table)).columns()

    def answers(self) -> tuple[Answer, ...]:
        """The entries for each pair of inputs."""
        return Hessian(self.run, rebuild(dict(self.hessians), _table)).answers()


def _titled(columns: tuple[Column, ...]) -> Iterator[Titled]:
    for column in columns:
        for name, each in column.inputs.items():
            for path, leaf in leaves(each, name):
                if isinstance(leaf, SparseMatrix):
                    yield Titled(column.title, path, leaf)


def _described(matrix: SparseMatrix) -> dict[str, Any]:
    entries = zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.values.tolist(), strict=True)
    return {"shape": list(matrix.shape), "entries": [list(each) for each in entries]}


def _table(matrix: SparseMatrix) -> np.ndarray:
    return np.column_stack([matrix.rows, matrix.columns, matrix.values]).astype(np.float64)
