"""Derivatives at special points: as the case files have them, and as torch and JAX do, or are said not to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.primitives.special_points import FOLDER, agrees, by_jax, by_torch, ours, read

CASES = [
    pytest.param(case, id=f"{path.stem}-{number}")
    for path in sorted(FOLDER.glob("*.toml"))
    for number, case in enumerate(read(path))
]


def check_peer(case, answer, verdict):
    """A peer that is said to agree does; one that is said to differ does, or the remark is out of date."""
    same = agrees(answer.gradient, case.gradient) and (
        case.second is None or agrees(answer.second, case.second)
    )
    assert same == (verdict == "same"), f"{case.program} at {case.inputs}: {answer}"


def test_there_are_hundreds():
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES)
def test_gradient(case):
    answer = ours(case)
    assert agrees(answer.gradient, case.gradient), answer
    if case.second is not None:
        assert agrees(answer.second, case.second), answer


@pytest.mark.parametrize("case", CASES)
def test_torch(case):
    pytest.importorskip("torch")
    check_peer(case, by_torch(case), case.torch)


@pytest.mark.parametrize("case", [each for each in CASES if each.values[0].jax_program != ""])
def test_jax(case):
    pytest.importorskip("jax")
    with np.errstate(all="ignore"):
        check_peer(case, by_jax(case), case.jax)
