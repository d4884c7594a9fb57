"""Reports of checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gradcli.checking.records import ORDER
from gradcli.language.strict_json import Data
from gradcli.reports import Answer, Column, Run

if TYPE_CHECKING:
    from gradcli.checking.records import Check, Entry
    from gradcli.checking.subject import Part
    from gradcli.language.source import Source


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The check of a derivative, with the command line that repeats it."""

    run: Run
    check: Check
    source: Source
    replay: str

    formats: ClassVar[Mapping[str, str]] = {
        "table": "gradcli.render.check_table",
        "plain": "gradcli.render.check_plain",
        "markdown": "gradcli.render.check_markdown",
        "latex": "gradcli.render.check_latex",
    }

    def document(self) -> dict[str, Any]:
        """The run with `verdict`, `diagnosis`, `evidence`, and all entries as `checks`, worst first."""
        check = self.check
        entries = check.worst_entries(check.verdicts.size)
        return self.run.document(
            verdict=check.verdict.value,
            diagnosis=self._diagnosis(),
            digits=round(check.digits, 1),
            evidence=[
                {"source": each.source, "digits": round(each.digits, 1), "text": each.text}
                for each in check.evidence
            ],
            checks=[_entry(each) for each in entries],
            counts={verdict.value: count for verdict, count in check.counts.items()},
            order=check.order,
            warnings=list(check.warnings),
            replay=self.replay,
        )

    def _diagnosis(self) -> dict[str, Any]:
        found = self.check.diagnosis
        place: dict[str, Any] = {}
        if found.span is not None:
            line, column = self.source.position(found.span.start)
            place = {"line": line, "column": column}
            place["text"] = self.source.text[found.span.start : found.span.end]
        return {"kind": found.kind, "text": found.text, **({"place": place} if place else {})}

    def columns(self) -> tuple[Column, ...]:
        """Claim, reference and error next to each input."""
        check = self.check
        first = "claimed" if check.has_claim else "derivative"
        stated = self._by_input(check.claimed)
        if check.has_claim:
            stated = {name: each for name, each in stated.items() if name in check.claimed_inputs}
        columns = [self.run.column(), Column(first, {}, stated)]
        if check.has_claim:
            columns.append(Column("reference", {}, self._by_input(check.reference)))
        verdicts = np.array([verdict.value for verdict in ORDER])[check.verdicts]
        columns.append(Column("error bar", {}, self._by_input(check.error)))
        whole: dict[str, Any] = {"": check.verdict.value} if "" in self.run.outputs else {}
        return *columns, Column("verdict", whole, self._by_input(verdicts))

    def answers(self) -> tuple[Answer, ...]:
        """The derivative by each input, and what is claimed."""
        right, claimed = self._by_input(self.check.reference), self._by_input(self.check.claimed)
        stated = [name for name in right if name in self.check.claimed_inputs]
        return (
            *(Answer(self._kind, (name,), each) for name, each in right.items()),
            *(Answer("claimed", (name,), claimed[name]) for name in stated),
        )

    @property
    def _kind(self) -> str:
        """What the derivative is."""
        if self.check.order == 2:
            return "second"
        return "jacobian" if len(self.check.outputs) > 1 or self.check.outputs[0].shape else "gradient"

    def _by_input(self, matrix: np.ndarray) -> Mapping[str, Data]:
        return {part.name: self._block(matrix, part) for part in self.check.inputs}

    def _block(self, matrix: np.ndarray, part: Part) -> Data:
        outputs = self.check.outputs
        lead = outputs[0].shape if len(outputs) == 1 else (len(matrix),)
        block = matrix[:, part.start : part.stop].reshape((*lead, *part.shape))
        return block if block.ndim else block.item()


def _entry(entry: Entry) -> dict[str, Any]:
    shown = {
        "entry": entry.name,
        "value": entry.value,
        "claimed": entry.claimed,
        "reference": entry.reference,
        "error": entry.error,
        "verdict": entry.verdict.value,
    }
    if entry.finding is not None and not entry.finding.is_smooth:
        finding = entry.finding
        shown |= {"point": finding.kind.value, "left": finding.left, "right": finding.right}
    return shown
