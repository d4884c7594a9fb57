"""Failing points are made simple."""

from __future__ import annotations

import gradcli
from gradcli.checking.check import check
from gradcli.checking.points import simplest


def test_the_simplest_point_still_fails_for_the_same_reason():
    program = gradcli.compile("sum(x**3)*y")

    def run(inputs):
        return check(program, inputs, {"x": "3*x*abs(x)*y"})

    start = {"x": [-0.7351, 0.4412, -1.2377], "y": 2.7182}
    point, report = simplest(run, start, run(start))
    assert report.verdict.value == "WRONG"
    assert report.diagnosis.kind == run(start).diagnosis.kind
    assert all(float(each) == round(float(each), 1) for each in [*point["x"], point["y"]])
