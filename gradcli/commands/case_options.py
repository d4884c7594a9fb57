"""What each command is asked, beside the program and its inputs, when it runs a case."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradcli.suites.cases import Case

if TYPE_CHECKING:
    from gradcli.commands.request import Request


def stated_options(command: str, case: Case, request: Request) -> dict[str, Any]:
    """The options that a case gives to a command, as its function `run` takes them."""
    return _STATED[command](case, request) if command in _STATED else {}


_STATED: dict[str, Callable[[Case, Request], dict[str, Any]]] = {
    "vjp": lambda case, request: {"v": _words(case.v, ["ones"], case)},
    "jvp": lambda case, request: {"u": _words(case.u, [f"{name}=ones" for name in request.inputs], case)},
    "hessian": lambda case, request: {"v": _words(case.v, [], case)},
    "check": lambda case, request: {
        "claim": tuple(f"{name}={_word(value, case)}" for name, value in case.claims.items()),
        "order": case.order,
        "points": case.points if case.points > 1 else None,
        "rtol": case.rtol,
        "atol": case.atol,
        "symmetric": case.symmetric,
    },
    "diff": lambda case, request: {"order": case.order},
}


def _words(vector: Any, default: list[str], case: Case) -> tuple[str, ...]:
    """Vectors as the options `--v` and `--u` take them: one, or one for each name."""
    if vector is None:
        return tuple(default)
    if isinstance(vector, dict):
        return tuple(f"{name}={_word(value, case)}" for name, value in vector.items())
    return (_word(vector, case),)


def _word(value: Any, case: Case) -> str:
    return from_folder(value, case) if isinstance(value, str) else json.dumps(value)


def from_folder(text: str, case: Case) -> str:
    """A text in which `@file` means a file beside the suite."""
    if text.startswith("@") and text != "@-":
        return "@" + os.path.join(os.path.dirname(case.place.file), text[1:])
    return text


def needed_command(case: Case) -> str:
    """The command that computes what a case expects."""
    if (case.claims and case.check) or case.verdict is not None:
        return "check"
    kinds = {each.kind for each in case.expected} - {"value"}
    if "hvp" in kinds:
        return "hessian"
    if "derivative" in kinds:
        return "grad"
    return min(kinds, default="eval")
