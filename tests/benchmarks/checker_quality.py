"""How good checkers are: gradcli and its peers, with their defaults, on one corpus.

`python -m tests.benchmarks.checker_quality` prints the tables; `--write` puts them into docs/checker.md.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import numpy as np

import gradcli
from gradcli.checking.black_box import check_functions
from gradcli.checking.check import Options, check
from gradcli.checking.program_subject import Settings
from tests.checking.corpus import BROKEN, NUMPY, RIGHT, WRONG, Case, corpus

DOCUMENT = Path(__file__).parents[2] / "docs" / "checker.md"
BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"
PASS, FAIL = "PASS", "FAIL"


class Answer(NamedTuple):
    """What a checker says about a case: its verdict, and what it calls the fault."""

    verdict: str
    diagnosis: str = ""


Judge = Callable[[Case], Answer]


# gradcli ----------------------------------------------------------------------------------------------------


def gradcli_claim(case: Case) -> Answer:
    """The program, with the gradient as a claim."""
    found = check(
        gradcli.compile(case.text),
        {"x": case.x, **case.constants},
        {"x": case.gradient},
        Options(settings=Settings(const=tuple(case.constants))),
    )
    return Answer(found.verdict.value, found.diagnosis.kind)


def gradcli_functions(case: Case) -> Answer:
    """NumPy functions as black boxes."""
    code = compile(case.text, "<case>", "eval")
    names = {**NUMPY, **case.constants}
    with np.errstate(all="ignore"):
        found = check_functions(
            lambda x: eval(code, {**names, "x": x}), lambda x: case.gradient, {"x": case.x}
        )
    return Answer(found.verdict.value, found.diagnosis.kind)


# Peers: each is given the function, and the claimed gradient in the place of its own derivative -------------


def torch_gradcheck(case: Case) -> Answer:
    import torch

    names: dict[str, Any] = {
        name: getattr(torch, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "abs", "floor")
    }
    names |= {
        "sum": torch.sum,
        "mean": torch.mean,
        "dot": torch.dot,
        "arccos": torch.acos,
        "relu": torch.relu,
        "norm": torch.linalg.norm,
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
        "where": lambda c, x, y: torch.where(c, torch.as_tensor(x), torch.as_tensor(y)),
        "maximum": lambda x, y: torch.maximum(torch.as_tensor(x), torch.as_tensor(y)),
        **{name: torch.tensor(value) for name, value in case.constants.items()},
    }
    code = compile(case.text, "<case>", "eval")
    gradient = torch.tensor(case.gradient.copy())

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return eval(code, {**names, "x": x})

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * gradient

    x = torch.tensor(case.x, requires_grad=True)
    return Answer(PASS if torch.autograd.gradcheck(Claimed.apply, (x,), raise_exception=False) else FAIL)


def jax_check_grads(case: Case) -> Answer:
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    names = {name: getattr(jnp, name) for name in NUMPY if name not in ("relu", "norm")}
    names |= {"relu": jax.nn.relu, "norm": jnp.linalg.norm, **case.constants}
    code = compile(case.text, "<case>", "eval")

    @jax.custom_vjp
    def f(x: Any) -> Any:
        return eval(code, {**names, "x": x})

    f.defvjp(lambda x: (f(x), None), lambda _, g: (g * case.gradient,))
    return _passes(lambda: check_grads(f, (jnp.asarray(case.x),), order=1, modes=["rev"]))


def autograd_check_grads(case: Case) -> Answer:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    code = compile(case.text, "<case>", "eval")
    f = primitive(lambda x: eval(code, {**NUMPY, **case.constants, "x": x}))
    defvjp(f, lambda ans, x: lambda g: g * case.gradient)
    return _passes(lambda: check_grads(f, modes=["rev"], order=1)(case.x))


def scipy_check_grad(case: Case) -> Answer:
    """SciPy gives a number, not a verdict; below 1e-6 of the gradient (or of 1) is taken for a pass."""
    from scipy.optimize import check_grad

    code = compile(case.text, "<case>", "eval")

    def f(x: Any) -> Any:
        return eval(code, {**NUMPY, **case.constants, "x": x.reshape(case.x.shape)})

    error = check_grad(f, lambda x: case.gradient.ravel(), case.x.ravel())
    return Answer(PASS if error <= 1e-6 * max(1.0, float(np.linalg.norm(case.gradient))) else FAIL)


def _passes(run: Callable[[], object]) -> Answer:
    try:
        run()
    except (AssertionError, ValueError, ArithmeticError):
        return Answer(FAIL)
    return Answer(PASS)


JUDGES: dict[str, Judge] = {
    "gradcli, a claim about a program": gradcli_claim,
    "gradcli, Python functions": gradcli_functions,
    "torch gradcheck": torch_gradcheck,
    "JAX check_grads": jax_check_grads,
    "autograd check_grads": autograd_check_grads,
    "SciPy check_grad": scipy_check_grad,
}


# Tables -----------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A case and what one checker says of it."""

    case: Case
    answer: Answer


def judged(judge: Judge, cases: Sequence[Case]) -> list[Row]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [Row(case, judge(case)) for case in cases]


VERDICTS = (PASS, "WRONG", "NONDIFFERENTIABLE", "INCONCLUSIVE")


def confusion(name: str, rows: Sequence[Row]) -> str:
    """One row for each truth, one column for each answer."""
    verdicts = VERDICTS if name.startswith("gradcli") else (PASS, FAIL)
    lines = [f"**{name}**", "", f"| gradient | {' | '.join(verdicts)} |", "|---|" + "--:|" * len(verdicts)]
    for truth in (RIGHT, WRONG, BROKEN):
        counts = Counter(row.answer.verdict for row in rows if row.case.truth == truth)
        named = {RIGHT: "right", WRONG: "wrong", BROKEN: "no derivative there"}[truth]
        lines.append(f"| {named} ({sum(counts.values())}) | {' | '.join(str(counts[v]) for v in verdicts)} |")
    return "\n".join(lines)


def by_family(results: dict[str, list[Row]]) -> str:
    """How often each checker says what is true, by family of cases."""
    names = list(results)
    lines = ["| cases | n | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]
    families: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, row in enumerate(next(iter(results.values()))):
        families[row.case.truth, row.case.family].append(position)
    for (truth, family), positions in families.items():
        rates = (
            f"{100 * sum(is_true(results[name][at]) for at in positions) // len(positions)} %"
            for name in names
        )
        lines.append(f"| {truth}: {family} | {len(positions)} | {' | '.join(rates)} |")
    return "\n".join(lines)


def is_true(row: Row) -> bool:
    """Whether an answer is the truth; where rounding hides an error, to call it undecided is."""
    verdict = row.answer.verdict
    if row.case.truth == RIGHT:
        return verdict == PASS
    if row.case.truth == WRONG:
        return verdict in ("WRONG", FAIL) or (verdict == "INCONCLUSIVE" and not row.case.visible)
    return verdict in ("NONDIFFERENTIABLE", FAIL)


def named_faults(rows: Sequence[Row]) -> tuple[int, int]:
    """How many faults that have a name were called by it, and how many there are."""
    nameable = [row for row in rows if row.case.fault and row.case.truth == WRONG]
    return sum(row.answer.diagnosis == row.case.fault for row in nameable), len(nameable)


def report(results: dict[str, list[Row]]) -> str:
    """Everything that goes into the documentation."""
    rows = results["gradcli, a claim about a program"]
    named, nameable = named_faults(rows)
    tables = "\n\n".join(confusion(name, each) for name, each in results.items())
    return (
        f"{len(rows)} cases. The diagnosis names the true fault in {named} of {nameable} cases"
        f" ({100 * named / nameable:.0f} %) whose fault has a name.\n\n{tables}\n\n"
        "How often each checker tells the truth. Of a wrong gradient whose error double precision hides,"
        f" INCONCLUSIVE is the truth.\n\n{by_family(results)}\n"
    )


def main() -> None:
    cases = corpus()
    results = {name: judged(judge, cases) for name, judge in JUDGES.items()}
    text = report(results)
    print(text)
    if "--write" in sys.argv:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
