"""Operands of batch rules, lined up: some hold rows, one for each call, along a first axis; some do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.nodes import shape_of


def with_rank(x: Any, rank: int) -> Any:
    """Axes of length 1 behind the first, until there are `rank`: what rows need to broadcast."""
    missing = rank - x.ndim
    return x.reshape(len(x), *(1,) * missing, *x.shape[1:]) if missing > 0 else x


def aligned(mapped: Sequence[bool], values: Sequence[Any], rank: int | None = None) -> Sequence[Any]:
    """The operands, every row having the given rank: by default the highest among them all."""
    if rank is None:
        ranks = [x.ndim - 1 if has_rows else np.ndim(x) for x, has_rows in zip(values, mapped, strict=True)]
        rank = max(ranks)
        if min(ranks) == rank:
            return values
    return [with_rank(x, rank + 1) if has_rows else x for x, has_rows in zip(values, mapped, strict=True)]


def behind_rows(axes: Sequence[int]) -> tuple[int, ...]:
    """The axes of a value as they are counted where it holds rows."""
    return tuple([axis + 1 for axis in axes])


def with_rows(mapped: Sequence[bool], values: Sequence[Any]) -> list[Any]:
    """Operands of a batch, those that are the same in every row spread over the leading axis too."""
    count = next(len(each) for each, has_rows in zip(values, mapped, strict=True) if has_rows)
    return [
        each if has_rows else np.broadcast_to(each, (count, *shape_of(each)))
        for each, has_rows in zip(values, mapped, strict=True)
    ]
