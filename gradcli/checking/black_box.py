"""Checking Python functions: value and gradient as black boxes, with nothing but differences to go by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.checking.check import Options
from gradcli.checking.diagnosis import UNKNOWN, diagnose_black_box
from gradcli.checking.proof import Proof, State
from gradcli.checking.prover import Prover
from gradcli.checking.python_functions import Function, FunctionSubject
from gradcli.checking.records import BROKEN, ORDER, PASS, UNSURE, WRONG, Check, Diagnosis, Evidence, Verdict
from gradcli.checking.sightings import Sighting
from gradcli.checking.subject import Matrix

_VERDICTS = {State.CONTRADICTED: WRONG, State.BROKEN: BROKEN, State.UNPROVEN: UNSURE}
RESTLESS = 1e-6  # what varies by more than this from call to call has no slopes


def check_functions(
    function: Function, gradient: Function, inputs: Mapping[str, Any], options: Options | None = None
) -> Check:
    """Check a gradient function against differences of the function.

    Raises `EvaluationError` when one of them raises at the point, and `InputError` when a shape does not fit.
    """
    options = options or Options()
    with walking():
        subject = FunctionSubject(function, inputs, options.settings)
        claimed = subject.claimed(gradient)
        prover = Prover(subject, claimed)
        prover.progress = options.progress
        if options.directional is None:
            prover.by_entries()
        proof = prover.by_directions(prover.aim(options.directional or 1, options.seed))
        return _report(subject, claimed, proof, options)


def _report(subject: FunctionSubject, claimed: Matrix, proof: Proof, options: Options) -> Check:
    verdicts = _verdicts(subject, claimed, proof, options)
    reference = claimed if proof.slopes is None else proof.slopes
    error = np.abs(claimed) * 10.0**-proof.digits if proof.errors is None else proof.errors
    evidence = Evidence("differences", proof.digits, f"good to {int(proof.digits)} digits")
    return Check(
        inputs=subject.inputs,
        outputs=subject.outputs,
        point=subject.point,
        value=subject.value,
        claimed=claimed,
        reference=reference,
        error=error,
        verdicts=verdicts,
        findings=proof.findings,
        evidence=(evidence,),
        diagnosis=_diagnosis(Sighting(subject, claimed, reference, error, verdicts), proof),
        claimed_inputs=frozenset(part.name for part in subject.inputs),
    )


def _verdicts(subject: FunctionSubject, claimed: Matrix, proof: Proof, options: Options) -> np.ndarray:
    verdicts = np.full(claimed.shape, PASS)
    for at, state in proof.states.items():
        verdicts[at] = _VERDICTS[state]
    if options.tolerance is not None and proof.slopes is not None and proof.errors is not None:
        broken = verdicts == BROKEN
        allowed = options.tolerance.around(claimed, proof.slopes)
        verdicts[:] = PASS
        verdicts[proof.errors > allowed] = UNSURE
        verdicts[np.abs(claimed - proof.slopes) > allowed + proof.errors] = WRONG
        verdicts[broken] = BROKEN
    for output, finding in proof.loose.items():
        row = verdicts[output]
        row[row == PASS] = UNSURE if finding.is_smooth else BROKEN
    verdicts[~np.isfinite(subject.value)] = BROKEN
    if subject.unrest > RESTLESS:
        verdicts[verdicts != PASS] = UNSURE
    return verdicts


def _diagnosis(here: Sighting, proof: Proof) -> Diagnosis:
    """What only a function that is not seen can do wrong, else what any gradient can."""
    found, subject = diagnose_black_box(here, proof), here.subject
    if subject.unrest and ORDER[int(here.verdicts.min())] is Verdict.INCONCLUSIVE:
        values = f"{subject.value[0]:.9g}, then {subject.again[0]:.9g}"
        return Diagnosis("unsteady", f"the function gives another value each time it is called: {values}")
    if found is UNKNOWN and not here.right.any():
        text = "the function has one value at all points around: does it keep an earlier result?"
        return Diagnosis("constant", text)
    return found
