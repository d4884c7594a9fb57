"""Reports of Jacobians and Hessians by their entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcli.autodiff.structured import SparseMatrix
from gradcli.records import NamedTuple
from gradcli.reports import Answer, Column, Run
from gradcli.reports.values import Hessian, Jacobian
from gradcli.structures import leaves, rebuild

FORMATS = {
    "table": "gradcli.render.sparse_table",
    "latex": "gradcli.render.sparse_latex",
    "csv": "gradcli.render.sparse_csv",
    "npz": "gradcli.render.sparse_npz",
}


class Titled(NamedTuple):
    """A matrix with what it is (`jacobian`, `hessian by y`) and the name of the input that it belongs to."""

    title: str
    name: str
    matrix: SparseMatrix


class Sparse(NamedTuple):
    """A report of Jacobians or Hessians whose matrices are shown by their entries."""

    whole: Jacobian | Hessian

    @property
    def run(self) -> Run:
        """The run that the matrices are of."""
        return self.whole.run

    @property
    def formats(self) -> dict[str, str]:
        """The modules that write entries as such."""
        return FORMATS

    @property
    def matrices(self) -> tuple[Titled, ...]:
        """All matrices, in the order of the table's columns."""
        return tuple(_titled(self.whole.columns()))

    def document(self) -> dict[str, Any]:
        """The run with the shape of each matrix, and row, column and value of its entries."""
        return self._with(_described).document()

    def columns(self) -> tuple[Column, ...]:
        """A row for each entry: row, column, value."""
        value, *derived = self._with(_table).columns()
        return (value, *(each._replace(title=f"{each.title}: row, column, value") for each in derived))

    def filled(self) -> Jacobian | Hessian:
        """The report with whole matrices."""
        return self._with(SparseMatrix.toarray)

    def answers(self) -> tuple[Answer, ...]:
        """The entries for each output and input, or each pair of inputs."""
        return self._with(_table).answers()

    def _with(self, shown: Callable[[SparseMatrix], Any]) -> Jacobian | Hessian:
        """The report with something else in the place of each matrix."""
        run, matrices = self.whole
        return type(self.whole)(run, rebuild(dict(matrices), shown))


def _titled(columns: tuple[Column, ...]) -> Iterator[Titled]:
    for column in columns:
        for name, each in column.inputs.items():
            for path, leaf in leaves(each, name):
                if isinstance(leaf, SparseMatrix):
                    yield Titled(column.title, path, leaf)


def entries(matrix: SparseMatrix) -> Iterator[tuple[int, int, float]]:
    """Row, column and value of each entry."""
    return zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.values.tolist(), strict=True)


def _described(matrix: SparseMatrix) -> dict[str, Any]:
    return {"shape": list(matrix.shape), "entries": [list(each) for each in entries(matrix)]}


def _table(matrix: SparseMatrix) -> np.ndarray:
    return np.column_stack([matrix.rows, matrix.columns, matrix.values]).astype(np.float64)
