"""Running gradcli inside the test's own process."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any, NamedTuple

from gradcli.cli import run


class Finished(NamedTuple):
    """A command line that has run."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """The JSON on standard output; the command must have succeeded."""
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)


def invoke(*words: str, stdin: str | bytes = "") -> Finished:
    """Run `gradcli WORDS` with text or bytes on standard input."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    stdout, stderr, before = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(data))
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            status = run(list(words))
    finally:
        sys.stdin = before
    return Finished(int(status), stdout.getvalue(), stderr.getvalue())


def invoke_json(*words: str, stdin: str | bytes = "") -> Any:
    """The JSON document that a command prints."""
    return invoke(*words, "--format", "json", stdin=stdin).document


def invoke_batch(*words: str, stdin: str = "", status: int = 0) -> list[Any]:
    """The rows that `gradcli batch WORDS` prints, one for each case; it must end with `status`."""
    done = invoke("batch", *words, "--format", "jsonl", stdin=stdin)
    assert done.status == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
