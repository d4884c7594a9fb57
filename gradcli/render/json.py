"""Reports as one JSON object, readable by people too: one member a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gradcli.render import Style
from gradcli.render.numbers import plain_data

if TYPE_CHECKING:
    from gradcli.reports import Report

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=plain_data)


def render(reports: Sequence[Report], style: Style) -> str:
    """One object for one report; `results` inside one object for several."""
    documents = [report.document() for report in reports]
    if len(documents) == 1:
        return f"{_by_lines(documents[0], style)}\n"
    head = {key: documents[0][key] for key in ("schema", "command")}
    results = ",\n".join(_by_lines(document, style, "    ") for document in documents)
    return f'{_by_lines(head, style)[:-2]},\n  "results": [\n{results}\n  ]\n}}\n'


def dumps(value: Any, style: Style) -> str:
    """Compact JSON in which nothing can act on a terminal."""
    text = _encoded(value, style.precision)
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def _encoded(value: Any, precision: int | None) -> str:
    """JSON, by way of plain data only where numbers must be rounded or are not finite."""
    if precision is None:
        with suppress(ValueError):
            return _ENCODER.encode(value)
    return _ENCODER.encode(plain_data(value, precision))


def _by_lines(document: dict[str, Any], style: Style, indent: str = "") -> str:
    members = (f"{indent}  {json.dumps(key)}: {dumps(value, style)}" for key, value in document.items())
    return indent + "{\n" + ",\n".join(members) + f"\n{indent}}}"
