"""Python functions: how they are found, and what they are as the subject of a check."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.checking.program_subject import Settings
from gradcli.checking.subject import Boundary, Matrix, Part, Samples, flat, parts_of
from gradcli.errors import EvaluationError, InputError, UsageError, nearest
from gradcli.program import check_apart
from gradcli.structures import as_input, leaves

Function = Callable[..., Any]
ALL_INPUTS = Settings()


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
        found: Any = import_module(module)
    except (Exception, SystemExit) as error:
        path = module.removesuffix(".py").lstrip("./").replace("/", ".")
        help = f"name the module, not its file: {path}:{attribute}" if path != module else None
        raise UsageError(
            f"`{name}` cannot be imported: {type(error).__name__}: {error}", help=help
        ) from error
    for part in attribute.split("."):
        found = _member(found, part, name)
    if not callable(found):
        raise UsageError(f"`{name}` is not a function")
    return found  # type: ignore[no-any-return]


def _member(owner: Any, part: str, name: str) -> Any:
    try:
        return getattr(owner, part)
    except AttributeError:
        functions = [
            each for each in dir(owner) if not each.startswith("_") and callable(getattr(owner, each))
        ]
        close = nearest(part, functions)
        help = f"did you mean `{close}`?" if close else None
        raise UsageError(f"`{name}`: there is no `{part}`", help=help) from None


def parameters_of(function: Function) -> tuple[str, ...]:
    """The names of the parameters that a function needs; `UsageError` where it does not tell any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    names = tuple(
        each.name
        for each in parameters
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    )
    if not names:
        what = getattr(function, "__name__", "the function")
        help = "write a function of your own around it: def f(x): return …"
        raise UsageError(f"`{what}` does not tell the names of its parameters", help=help)
    return names


class FunctionSubject:
    """A Python function at a point, as a function of the inputs that are differentiated by."""

    def __init__(
        self, function: Function, inputs: Mapping[str, Any], settings: Settings = ALL_INPUTS
    ) -> None:
        self.function = function
        self.given = {name: as_input(value, name) for name, value in inputs.items()}
        if any(path != name for name, value in self.given.items() for path, _ in leaves(value, name)):
            raise InputError("a Python function takes numbers and arrays, not structures")
        moved = _moved(self.given, settings)
        self.inputs = parts_of((name, np.shape(self.given[name])) for name in moved)
        self.point = flat([self.given[name] for name in moved])
        value = _as_array(_raw(function, self._arguments(self.point), "the function"), "the function")
        self.outputs = parts_of([("", value.shape)])
        self.value = value.ravel()
        again = _raw(function, self._arguments(self.point), "the function")
        self.again = _as_array(again, "the function").ravel()

    @property
    def unrest(self) -> float:
        """How far apart two values at the point are, relative to their size; mostly 0."""
        if self.again.shape != self.value.shape or np.array_equal(self.value, self.again, equal_nan=True):
            return 0.0
        return float(np.nanmax(np.abs(self.again - self.value)) / np.nanmax(np.abs(self.value)))

    def _arguments(self, point: np.ndarray) -> list[Any]:
        cut = {part.name: point[part.start : part.stop].reshape(part.shape) for part in self.inputs}
        values = ({**self.given, **cut}[name] for name in self.given)
        return [np.array(each) if np.shape(each) else float(each) for each in values]

    def evaluate(self, points: Matrix) -> Samples:
        """Call the function at each point; where it raises, or has another shape, it has no value."""
        values = np.full((len(points), len(self.value)), np.nan)
        for row, point in enumerate(points):
            try:
                values[row] = np.asarray(self.function(*self._arguments(point)), dtype=np.float64).ravel()
            except (Exception, SystemExit):
                continue
        return Samples(values, np.full(len(points), -1), np.zeros(len(points), dtype=np.int64))

    def decision(self, flip: int) -> Boundary | None:
        """Nothing is known of what a black box decides."""
        return None

    def claimed(self, gradient: Function) -> Matrix:
        """The Jacobian as the gradient function gives it: an array, or one for each input."""
        given = _raw(gradient, self._arguments(self.point), "the gradient function")
        blocks = self._blocks(given)
        if len(blocks) != len(self.inputs):
            raise InputError(
                f"the gradient function gives {len(blocks)} gradients for {len(self.inputs)} inputs"
            )
        return np.concatenate([self._block(*each) for each in zip(self.inputs, blocks, strict=True)], axis=1)

    def _blocks(self, given: Any) -> list[Any]:
        """What is given for each input: by name, or by its place among all inputs or among those moved."""
        names = [part.name for part in self.inputs]
        if isinstance(given, Mapping):
            return [given[name] for name in names if name in given]
        if len(names) == 1 and self._fits(self.inputs[0], given):
            return [given]
        if not isinstance(given, (tuple, list)) and len(self.given) == 1:
            return [given]
        blocks = list(given) if np.iterable(given) else [given]
        if len(blocks) == len(self.given):
            return [block for name, block in zip(self.given, blocks, strict=True) if name in names]
        return blocks

    def _fits(self, part: Part, value: Any) -> bool:
        try:
            return bool(np.shape(value) == (*self.outputs[0].shape, *part.shape))
        except ValueError:  # a ragged sequence is none of one block
            return False

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


def _moved(given: Mapping[str, Any], settings: Settings) -> tuple[str, ...]:
    """The names of the inputs that are differentiated by."""
    for name in (*(settings.wrt or ()), *settings.const):
        if name not in given:
            close = nearest(name, given)
            help = f"did you mean `{close}`?" if close else f"its parameters are {', '.join(given)}"
            raise InputError(f"the function has no parameter `{name}`", help=help)
    check_apart(settings.wrt or (), settings.const)
    names = tuple(name for name in settings.wrt or given if name not in settings.const)
    if not names:
        raise UsageError("there is nothing to check: no input is differentiated by")
    return names


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
    except (Exception, SystemExit) as error:
        raise EvaluationError(f"{what} raised {type(error).__name__}: {error}") from error
