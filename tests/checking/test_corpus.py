"""A part of the corpus, as a test; `python -m tests.benchmarks.checker_quality` runs all of it."""

from __future__ import annotations

import pytest

from tests.benchmarks.checker_quality import gradcli_claim, gradcli_functions, judged, named_faults
from tests.checking.corpus import BROKEN, RIGHT, WRONG, corpus

CASES = corpus(seed=7)[::3]


@pytest.fixture(scope="module", params=[gradcli_claim, gradcli_functions])
def rows(request):
    return judged(request.param, CASES)


def verdicts(rows, truth):
    return [row.answer.verdict for row in rows if row.case.truth == truth]


def test_no_right_gradient_is_called_wrong(rows):
    assert not {"WRONG", "NONDIFFERENTIABLE"} & set(verdicts(rows, RIGHT))


def test_no_wrong_gradient_passes(rows):
    assert "PASS" not in verdicts(rows, WRONG)


def test_points_without_a_derivative_are_named_as_such(rows):
    assert set(verdicts(rows, BROKEN)) == {"NONDIFFERENTIABLE"}


def test_what_double_precision_shows_is_found():
    shown = [row for row in judged(gradcli_claim, CASES) if row.case.truth == WRONG and row.case.visible]
    assert {row.answer.verdict for row in shown} == {"WRONG"}
    named, nameable = named_faults(shown)
    assert 0 < named == nameable
