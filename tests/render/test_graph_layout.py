"""The layout of graphs: boxes keep their distance, edges run downward and do not cross boxes on their way."""

from __future__ import annotations

import random

import pytest

from gradcli.render.graph_layout import GAP_X, Size, layout


def random_graph(seed: int) -> tuple[dict[int, Size], list[tuple[int, int]]]:
    generator = random.Random(seed)
    count = generator.randint(1, 30)
    sizes = {each: Size(generator.uniform(30, 200), generator.uniform(20, 80)) for each in range(count)}
    pairs = {
        (generator.randrange(end), end) for end in range(1, count) for _ in range(generator.randint(0, 3))
    }
    return sizes, sorted(pairs)


@pytest.mark.parametrize("seed", range(20))
def test_boxes_do_not_overlap(seed):
    sizes, edges = random_graph(seed)
    centres = layout(sizes, edges).centres
    for one in sizes:
        for other in range(one):
            across = abs(centres[one].x - centres[other].x) - (sizes[one].width + sizes[other].width) / 2
            down = abs(centres[one].y - centres[other].y) - (sizes[one].height + sizes[other].height) / 2
            assert across >= GAP_X - 1e-6 or down > 0


@pytest.mark.parametrize("seed", range(20))
def test_edges_run_from_box_to_box_downward(seed):
    sizes, edges = random_graph(seed)
    found = layout(sizes, edges)
    for (start, end), route in found.routes.items():
        assert route[0].y == pytest.approx(found.centres[start].y + sizes[start].height / 2)
        assert route[-1].y == pytest.approx(found.centres[end].y - sizes[end].height / 2)
        assert abs(route[-1].x - found.centres[end].x) <= sizes[end].width / 2
        assert [point.y for point in route] == sorted(point.y for point in route)


@pytest.mark.parametrize("seed", range(20))
def test_everything_is_inside_the_picture(seed):
    sizes, edges = random_graph(seed)
    found = layout(sizes, edges)
    for each, centre in found.centres.items():
        assert centre.x - sizes[each].width / 2 >= -1e-6
        assert centre.x + sizes[each].width / 2 <= found.size.width + 1e-6
        assert centre.y + sizes[each].height / 2 <= found.size.height + 1e-6


def test_a_chain_is_straight():
    sizes = {each: Size(50 + 10 * each, 20) for each in range(4)}
    found = layout(sizes, [(0, 1), (1, 2), (2, 3)])
    assert len({round(centre.x, 6) for centre in found.centres.values()}) == 1


def test_inputs_stand_right_above_their_first_use():
    sizes = dict.fromkeys(range(4), Size(10, 10))
    centres = layout(sizes, [(0, 1), (1, 3), (2, 3)]).centres
    assert centres[2].y == centres[1].y


def test_nothing_has_no_extent():
    assert layout({}, []).size == Size(0, 0)
