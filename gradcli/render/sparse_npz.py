"""A sparse matrix as the `.npz` file that `scipy.sparse.load_npz` reads, in compressed rows (CSR)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import UsageError
from gradcli.render import Style

if TYPE_CHECKING:
    from gradcli.autodiff.structured import SparseMatrix
    from gradcli.reports.sparse import Sparse


def render(reports: Sequence[Sparse], style: Style) -> bytes:
    """The bytes of the file, with the numbers as they are; `UsageError` unless there is just one matrix."""
    found = [each for report in reports for each in report.matrices]
    if len(found) != 1:
        names = ", ".join(f"`{each.name}`" for each in found)
        raise UsageError(
            f"an .npz file holds one matrix, and there are {len(found)}: by {names}",
            help="choose an input with --wrt NAME",
        )
    file = io.BytesIO()
    np.savez_compressed(file, **_parts(found[0].matrix))
    return file.getvalue()


def _parts(matrix: SparseMatrix) -> dict[str, Any]:
    """The arrays of the file; entries come row by row already, so that only rows have to be counted."""
    fits = max(*matrix.shape, len(matrix.values)) <= np.iinfo(np.int32).max
    kind = np.int32 if fits else np.int64  # as SciPy has it
    ends = np.cumsum(np.bincount(matrix.rows, minlength=matrix.shape[0]))
    return {
        "format": np.array(b"csr"),
        "shape": np.array(matrix.shape),
        "data": matrix.values,
        "indices": matrix.columns.astype(kind),
        "indptr": np.concatenate([[0], ends]).astype(kind),
    }
