"""`python -m tests.fuzz SECONDS [SEED]` runs wild command lines and says which break the promise.

What breaks it is shrunk by Hypothesis and printed as a line of JSON, as tests/fuzz/findings.jsonl has them,
and the run goes on. The last line says how many were run, and for how long.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tests.fuzz import promise
from tests.fuzz.wild import CommandLine, command_lines, suite_lines

ROUND = 300  # examples of each kind before the next seed


def as_json(line: CommandLine) -> str:
    """A command line as a line of the file of findings."""
    files = {name: data.decode("latin-1") for name, data in line.files}
    return json.dumps({"words": line.words, "stdin": line.stdin.decode("latin-1"), "files": files})


class Campaign:
    """A long run: how much of it is done."""

    def __init__(self) -> None:
        self.runs = 0
        self.seen: set[str] = set()

    def round(self, strategy: object, number: int, folder: Path) -> None:
        """So many examples from one seed; the first kind of failure among them is shrunk and told."""
        last: list[CommandLine] = []

        @seed(number)
        @settings(
            max_examples=ROUND, database=None, deadline=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink), verbosity=Verbosity.quiet, report_multiple_bugs=False,
        )  # fmt: skip
        @given(strategy)
        def examine(line: CommandLine) -> None:
            self.runs += 1
            last[:] = [line]
            promise.check(line, folder)

        try:
            examine()
        except (Exception, promise.HungError) as error:
            self.tell(last[0], error)

    def tell(self, line: CommandLine, error: BaseException) -> None:
        """Print a failure, unless there was one with the same message before."""
        what = f"{type(error).__name__}: {error}"[:600]
        if what not in self.seen:
            self.seen.add(what)
            print(f"{as_json(line)}\n    {what}", flush=True)


def main() -> None:
    faulthandler.enable()
    seconds, number = float(sys.argv[1]), int((sys.argv[2:] or ["0"])[0])
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign()
        while time.monotonic() < started + seconds:
            for strategy in (command_lines(), command_lines(), suite_lines()):
                campaign.round(strategy, number, Path(folder))
                number += 1
        took = time.monotonic() - started
    print(
        f"{campaign.runs:,} command lines in {took:.0f} s, {len(campaign.seen)} findings; next seed {number}"
    )


if __name__ == "__main__":
    main()
