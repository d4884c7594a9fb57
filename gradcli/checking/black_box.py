"""Checking Python functions: value and gradient as black boxes, with nothing but differences to go by."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import walking
from gradcli.checking.check import Options
from gradcli.checking.diagnosis import diagnose_black_box
from gradcli.checking.proof import Proof, State
from gradcli.checking.prover import Prover
from gradcli.checking.records import BROKEN, PASS, UNSURE, WRONG, Check, Evidence
from gradcli.checking.sightings import Sighting
from gradcli.checking.subject import Boundary, Matrix, Part, Samples, parts_of
from gradcli.errors import EvaluationError, InputError, UsageError
from gradcli.structures import as_input, leaves

Function = Callable[..., Any]
_VERDICTS = {State.CONTRADICTED: WRONG, State.BROKEN: BROKEN, State.UNPROVEN: UNSURE}


def load_function(name: str) -> Function:
    """The function that `package.module:function` names, looked for in the working folder first.

    Raises `UsageError` when there is none.
    """
    module, colon, attribute = name.partition(":")
    if not colon or not attribute:
        raise UsageError(f"`{name}` does not name a function", help="write package.module:function")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise UsageError(f"`{name}` cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise UsageError(f"`{name}` is not a function")
    return found


def parameters_of(function: Function) -> tuple[str, ...]:
    """The names of the parameters that a function needs."""
    return tuple(
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    )


class FunctionSubject:
    """A Python function at a point."""

    def __init__(self, function: Function, inputs: Mapping[str, Any]) -> None:
        self.function = function
        named = {name: as_input(value, name) for name, value in inputs.items()}
        self.inputs = parts_of(
            (path, np.shape(leaf)) for name, value in named.items() for path, leaf in leaves(value, name)
        )
        if len(self.inputs) != len(named):
            raise InputError("a Python function takes numbers and arrays, not structures")
        self.point = np.concatenate([np.ravel(value) for value in named.values()])
        value = _as_array(_raw(function, self._arguments(self.point), "the function"), "the function")
        self.outputs = parts_of([("", value.shape)])
        self.value = value.ravel()

    def _arguments(self, point: np.ndarray) -> list[Any]:
        cut = (point[part.start : part.stop].reshape(part.shape).copy() for part in self.inputs)
        return [each if each.shape else float(each) for each in cut]

    def evaluate(self, points: Matrix) -> Samples:
        """Call the function at each point; where it raises, or has another shape, it has no value."""
        values = np.full((len(points), len(self.value)), np.nan)
        for row, point in enumerate(points):
            try:
                values[row] = np.asarray(self.function(*self._arguments(point)), dtype=np.float64).ravel()
            except (ArithmeticError, TypeError, ValueError, np.linalg.LinAlgError):
                continue
        return Samples(values, np.full(len(points), -1), np.zeros(len(points), dtype=np.int64))

    def decision(self, flip: int) -> Boundary | None:
        """Nothing is known of what a black box decides."""
        return None

    def claimed(self, gradient: Function) -> Matrix:
        """The Jacobian as the gradient function gives it: an array, or one for each input."""
        given = _raw(gradient, self._arguments(self.point), "the gradient function")
        if isinstance(given, Mapping):
            given = [given[part.name] for part in self.inputs if part.name in given]
        several = len(self.inputs) > 1 or (isinstance(given, (tuple, list)) and len(given) == 1)
        blocks = list(given) if several else [given]
        if len(blocks) != len(self.inputs):
            raise InputError(
                f"the gradient function gives {len(blocks)} gradients for {len(self.inputs)} inputs"
            )
        return np.concatenate([self._block(*each) for each in zip(self.inputs, blocks, strict=True)], axis=1)

    def _block(self, part: Part, value: Any) -> Matrix:
        array = _as_array(value, f"the gradient function, by `{part.name}`,")
        shape = (*self.outputs[0].shape, *part.shape)
        if array.shape != shape:
            what = f"the function's value has shape {self.outputs[0].shape} and `{part.name}` {part.shape}"
            raise InputError(
                f"the gradient by `{part.name}` has shape {array.shape}, not {shape}",
                help=f"{what}: a gradient has the shape of both together",
            )
        return array.reshape(len(self.value), -1)


def _as_array(value: Any, what: str) -> np.ndarray:
    """What a function gives, as numbers."""
    if value is None:
        raise EvaluationError(f"{what} gives nothing", help="does it lack a `return`?")
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"{what} does not give a number or an array: {error}") from error


def _raw(function: Function, arguments: Sequence[Any], what: str) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        raise EvaluationError(f"{what} raised {type(error).__name__}: {error}") from error


def check_functions(
    function: Function, gradient: Function, inputs: Mapping[str, Any], options: Options | None = None
) -> Check:
    """Check a gradient function against differences of the function.

    Raises `EvaluationError` when one of them raises at the point, and `InputError` when a shape does not fit.
    """
    options = options or Options()
    with walking():
        subject = FunctionSubject(function, inputs)
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
        diagnosis=diagnose_black_box(Sighting(subject, claimed, reference, error, verdicts), proof),
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
    return verdicts
