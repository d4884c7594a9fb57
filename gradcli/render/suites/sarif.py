"""Failures as SARIF 2.1.0, the format of code scanning (OASIS Static Analysis Results Interchange Format)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gradcli._version import __version__
from gradcli.render import Style
from gradcli.render.text import escape
from gradcli.suites.results import Outcome, worst_first

if TYPE_CHECKING:
    from gradcli.render.suites import Finished, Origin
    from gradcli.suites.results import Problem, Row

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0-rtm.4.json"
# What can be wrong with a case, by the names that problems have for it.
RULES = {
    "WRONG": "A claimed gradient differs from the derivative by more than rounding can explain.",
    "NONDIFFERENTIABLE": "The point is a kink, a jump, a tie or the edge of a domain.",
    "INCONCLUSIVE": "The reference is not good enough to tell whether the gradient is right.",
    "expectation": "A result differs from what the case expects.",
    "error": "The case cannot be read, or its program failed.",
    "limit": "The program reached a limit on steps or memory.",
    "timeout": "The case took longer than it may.",
    "worker": "The process that ran the case ended before it.",
}


def body(finished: Finished, style: Style) -> tuple[str, ...]:
    """Nothing beside the problems."""
    return ()


def pieces(rows: Iterable[Row], style: Style, origin: Origin) -> Iterator[str]:
    """The log: one run with a result for each problem."""
    failed = worst_first(row for row in rows if row.outcome.failed)
    results = [_result(row, problem) for row in failed for problem in row.problems]
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in RULES.items()]
    driver = {"name": "gradcli", "semanticVersion": __version__, "rules": rules}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    yield json.dumps(log, indent=1, ensure_ascii=True) + "\n"


def _result(row: Row, problem: Problem) -> dict[str, Any]:
    name = f"{row.name}: " if row.name else ""
    help = f" ({problem.help})" if problem.help else ""
    return {
        "ruleId": problem.rule,
        "ruleIndex": list(RULES).index(problem.rule),
        "level": "warning" if problem.outcome is Outcome.UNDECIDED else "error",
        "message": {"text": escape(f"{name}{problem.message}{help}")},
        "locations": [{"physicalLocation": _location(problem)}] if problem.place.is_in_file else [],
        "partialFingerprints": {"gradcliCase/v1": _fingerprint(row, problem)},
    }


def _location(problem: Problem) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": problem.place.line}
    if problem.column is not None:
        region |= {"startColumn": problem.column, "endColumn": problem.column + problem.width}
    return {"artifactLocation": {"uri": _uri(problem.place.file)}, "region": region}


def _uri(path: str) -> str:
    """A path relative to the repository as it is, any other as a URI of the file."""
    if os.path.isabs(path):
        return f"file://{quote(path.replace(os.sep, '/'))}"
    return quote(path.replace(os.sep, "/"))


def _fingerprint(row: Row, problem: Problem) -> str:
    """What stays the same when lines move."""
    parts = "\0".join((row.place.file, row.name, problem.rule, problem.subject))
    return blake2b(parts.encode(errors="surrogatepass"), digest_size=8).hexdigest()
