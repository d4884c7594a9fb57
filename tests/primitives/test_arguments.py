"""Arguments that decide the form of a result: whole numbers, axes, shapes, and the guards of nodes."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.autodiff.graph import Graph
from gradcli.errors import EvaluationError
from gradcli.primitives.arguments import as_axes, as_axis, as_flag, as_int, as_ints, as_ordered_axes, as_shape
from gradcli.primitives.indexing import as_index


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), (3.0, 3), (True, 1), (-2.0, -2), (np.array([4.0]), 4)]
)
def test_whole_numbers(value, expected):
    assert as_int(value) == expected
    assert type(as_int(value)) is int


@pytest.mark.parametrize("value", [1.5, float("nan"), float("inf"), "2", None, np.zeros(2), [1]])
def test_other_values_are_refused(value):
    with pytest.raises(EvaluationError, match="`n` must be a whole number"):
        as_int(value, "`n`")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2, (2,)), ((1, 2.0), (1, 2)), (np.array([3.0, 4.0]), (3, 4)), (None, ()), ([], ())],
)
def test_several_whole_numbers(value, expected):
    assert as_ints(value, "n") == expected


def test_nodes_leave_guards():
    graph = Graph()
    count, sizes, flag = graph.leaf(3.0), graph.leaf(np.array([2.0, 5.0])), graph.leaf(True)
    assert as_int(count) == 3
    assert as_shape(sizes) == (2, 5)
    assert as_flag(flag) is True
    assert [(guard.node, guard.kind) for guard in graph.guards] == [
        (count, "count"), (sizes, "count"), (flag, "condition"),
    ]  # fmt: skip
    assert graph.guards[0].outcome == 3


def test_axes():
    assert as_axis(-1, (2, 3), "f") == 1
    assert as_axes(None, (2, 3), "f") == (0, 1)
    assert as_axes((-1, 0), (2, 3), "f") == (0, 1)
    assert as_ordered_axes((-1, 0), (2, 3), "f") == (1, 0)
    assert as_axes(0, (), "f") == ()
    with pytest.raises(EvaluationError) as raised:
        as_axis(2, (2, 3), "f")
    assert raised.value.help == "its axes are 0 to 1, or -2 to -1 from the end"


def test_an_index_of_nodes():
    graph = Graph()
    index = as_index(
        (graph.leaf(1.0), slice(graph.leaf(2.0), None, -1), None, graph.leaf(np.array([0.0, 2.0])))
    )
    assert index[:3] == (1, slice(2, None, -1), None)
    assert index[3].tolist() == [0, 2]
    assert index[3].dtype == np.int64
    assert len(graph.guards) == 3


def test_a_mask_stays_a_mask():
    assert as_index(np.array([True, False])).dtype == np.bool_
