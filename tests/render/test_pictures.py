"""Spark lines and heat maps: what they show, and that nothing breaks them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradcli.render.heat import picture
from gradcli.render.sparks import spark
from tests.command_line import invoke


@pytest.mark.parametrize(
    ("vector", "text"),
    [
        (np.arange(8.0), "▁▂▃▄▅▆▇█"),
        (np.arange(1000.0)[::-1], "█▇▆▅▄▃▂▁"),
        (np.array([0.0, 1.0]), "▁█"),
        (np.full(20, 3.0), "▁▁▁▁▁▁▁▁"),
        (np.array([0.0, np.nan, 1.0, np.inf]), "▁?█?"),
        (np.array([np.nan]), "?"),
    ],
)
def test_sparks(vector, text):
    assert spark(vector) == text


def test_small_matrices_are_enlarged_in_shades():
    assert picture(np.array([[0.0, 1.0]]), 8, False, 6).plain == "    ████\n    ████\n0 … 1"


def test_colours_tell_the_sign():
    cells = picture(np.array([[-2.0, 0.0, 1.0]] * 2), 3, True, 6)
    assert cells.plain == "▀▀▀\n-2 … 1"
    left, middle, right = (span.style.color.triplet for span in cells.spans[:3])
    assert left.blue > left.red
    assert (middle.red, middle.green, middle.blue) == (247, 247, 247)
    assert right.red > right.blue


@pytest.mark.parametrize("color", [True, False])
@given(
    matrix=arrays(np.float64, st.tuples(st.integers(1, 70), st.integers(1, 70)), elements=st.floats()),
    width=st.integers(2, 100),
)
def test_pictures_fit(matrix, width, color):
    *lines, legend = picture(matrix, width, color, 6).plain.split("\n")
    assert len(lines) <= 24
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= width
    assert " … " in legend


def test_heatmap_is_for_matrices():
    words = ["eval", "A*x", "--A", "1,2;3,4", "--x", "1,2", "--heatmap"]
    text = invoke(*words).stdout
    assert "█" in text
    assert "1 … 8" in text
    assert invoke(*words, "--format", "json").document["value"] == [[1, 4], [3, 8]]


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats()))
def test_sparks_of_anything(vector):
    text = spark(vector)
    assert len(text) == min(8, vector.size)
    assert set(text) <= set("▁▂▃▄▅▆▇█?")
