"""Formulas of calls of every function, as text of the language, as NumPy and as C code, by reverse mode."""

from __future__ import annotations

import ctypes
import inspect
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.errors import GradcliError
from tests.command_line import invoke
from tests.fuzz.calls import SAME, SPELLED

RNG = np.random.default_rng(0)
POINTS: dict[str, Any] = {
    "s": 0.37,
    "t": -0.61,
    "v": np.array([0.3, -0.5, 0.8]),
    "w": np.array([-0.2, 0.7, 0.1]),
    "A": RNG.uniform(-1, 1, (3, 3)),
    "B": RNG.uniform(-1, 1, (3, 3)),
    "C": RNG.uniform(-1, 1, (3, 3)),
}
HOLES = {"x": "vw", "s": "st", "v": "vw", "A": "AB"}
WEIGHTED = {"x": "sum(sin({})*v)", "s": "{}", "v": "sum(sin({})*v)", "A": "sum(sin({})*A)"}
FEW = [
    # sums of products of matrices, whose transposes were forgotten
    "sum((A*B + A*A*B).T*C)",
    "sum((v*A + v*A.T).T @ C)",
    "corrcoef(A + 3*eye(3))[0, 1]",
    # indices that are matrices
    "sum(take_along_axis(A, array([[0, 2, 1], [1, 1, 0], [2, 0, 0]]), 1)**2)",
    "sum(sin(matmul(A[None], B)[0])*A)",
    # what NumPy and SciPy call differently, or apply to other axes
    "sum(logsumexp(A, axis=1)*v)",
    "cross_entropy(3*A, array([0, 2, 1]))",
    "clamp_min(s, -0.4) + nan_to_num(t)*s",
    "lgamma(1.5 + s)*(s % 0.7) + log_sigmoid(t) + copysign(s, t) + logit(0.5 + 0.4*s)",
    "fmod(3*s, 0.7) + fmax(s, t) + logaddexp2(s, t)*tanhshrink(s) + betaln(1.5 + s, 2)",
]


def programs() -> list[str]:
    """One program for each call of the function fuzz."""
    calls = [*SAME.values(), *([ours for ours, _ in pairs] for pairs in SPELLED.values())]
    found = []
    for kind, text in (call.split(": ", 1) for texts in calls for call in texts):
        x, y = HOLES[kind]
        call = text.replace("{x}", x).replace("{y}", y)
        found.append(WEIGHTED[kind].format(re.sub(r"\{(\w)\}", r"\1", call)))
    return found


def check_formulas(text: str) -> None:
    """The formulas of a program, evaluated; a program that has none is left out."""
    program = gradcli.compile(text)
    inputs = {name: POINTS[name] for name in program.inputs}
    expected = program.grad(inputs)
    try:
        formulas = program.diff(inputs)
    except GradcliError:
        return
    for name, formula in formulas.items():
        derivative = gradcli.compile(str(formula))
        value = derivative.value({each: POINTS[each] for each in derivative.inputs})
        assert np.shape(value) == np.shape(expected[name])
        np.testing.assert_allclose(value, expected[name], rtol=1e-8, atol=1e-10, err_msg=f"{text} by {name}")


def check_code(text: str) -> None:
    """The NumPy function of a program, called; a program that has none is left out."""
    program = gradcli.compile(text)
    inputs = {name: POINTS[name] for name in program.inputs}
    options = [
        word for name, value in inputs.items() for word in (f"--{name}", str(np.asarray(value).tolist()))
    ]
    finished = invoke("diff", text, "--emit", "numpy", *options)
    if finished.status:
        assert "no formula" in finished.stderr or "NumPy" in finished.stderr, finished.stderr
        return
    names: dict[str, Any] = {}
    exec(finished.stdout, names)
    function = names["value_and_gradient"]
    value, gradient = function(*(POINTS[name] for name in inspect.signature(function).parameters))
    np.testing.assert_allclose(value, program.value(inputs), rtol=1e-9)
    for name, expected in program.grad(inputs).items():
        np.testing.assert_allclose(
            gradient[name], expected, rtol=1e-8, atol=1e-10, err_msg=f"{text} by {name}"
        )


@pytest.mark.parametrize("text", [*FEW, *programs()])
def test_formulas_have_the_gradient_as_their_value(text):
    check_formulas(text)
    check_code(text)


SCALARS = ["3*abs(s) - t*abs(t)", "s*detach((s + t)*t + s)", "2*softplus(s)*sigmoid(t) + nan_to_num(s)*t"]


def scalar_programs() -> list[str]:
    """Those of the calls of elementwise functions that read numbers alone."""
    calls = [*SAME.values(), *([ours for ours, _ in pairs] for pairs in SPELLED.values())]
    texts = [each[3:] for texts in calls for each in texts if each.startswith("x: ")]
    found = [text.replace("{x}", "s").replace("{y}", "t") for text in texts]
    return SCALARS + [text.format(s="s") for text in found if not re.search(r"\{[vwAB]\}", text)]


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c_code_has_the_gradient(tmp_path: Path) -> None:
    codes = {text: invoke("diff", text, "--emit", "c") for text in scalar_programs()}
    codes = {text: finished.stdout for text, finished in codes.items() if finished.status == 0}
    assert len(codes) > 90
    named = [code.replace("value_and_gradient", f"f{i}") for i, code in enumerate(codes.values())]
    (tmp_path / "f.c").write_text("\n".join(named), "utf-8")
    options = ["-Wall", "-Werror", "-O0", "-shared", "-fPIC"]
    subprocess.run(["cc", *options, "-o", tmp_path / "f.so", tmp_path / "f.c", "-lm"], check=True)
    library = ctypes.CDLL(str(tmp_path / "f.so"))
    for i, text in enumerate(codes):
        function, program = library[f"f{i}"], gradcli.compile(text)
        function.restype = ctypes.c_double
        gradient = (ctypes.c_double * 2)()
        for point in ({"s": 0.37, "t": -0.61}, {"s": -0.83, "t": 0.41}):
            given = [point[name] for name in program.inputs]
            value = function(*map(ctypes.c_double, given), gradient)
            expected, slopes = program.value_and_grad({name: point[name] for name in program.inputs})
            found = [value, *gradient[: len(given)]]
            wanted = [expected, *(slopes[name] for name in program.inputs)]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12, err_msg=text)
