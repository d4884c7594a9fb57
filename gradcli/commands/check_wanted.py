"""What a check is asked for on the command line, and the command line that asks for it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradcli.commands.options import allowed_verdicts, assignment, names_of
from gradcli.errors import UsageError
from gradcli.language.source import Source
from gradcli.records import NamedTuple

if TYPE_CHECKING:
    from gradcli.commands.request import Request

MAX_REPLAY = 2000  # characters of a command line that anyone would paste


class Wanted(NamedTuple):
    """What the options of the command ask for."""

    claims: Mapping[str, str]
    order: int
    directional: int | None
    points: int | None
    rtol: float | None
    atol: float | None
    symmetric: tuple[str, ...]
    positive_definite: tuple[str, ...]
    allowed: tuple[str, ...]
    python: str | None
    gradient: str | None


def read_wanted(
    claim: tuple[str, ...], allow: tuple[str, ...], symmetric: tuple[str, ...], **options: Any
) -> Wanted:
    """What the options ask for; `UsageError` where they do not go together."""
    allowed = allowed_verdicts(allow)
    if (options["python"] is None) != (options["gradient"] is None):
        raise UsageError("`--python` names a function and `--gradient` its gradient: both are needed")
    if options["python"] is not None and claim:
        raise UsageError("`--gradient` is the claim about a Python function: `--claim` cannot be given too")
    if options["python"] is not None and (options["order"] == 2 or symmetric or options["positive_definite"]):
        only = "a Python function has a gradient only, by entries that all move freely"
        raise UsageError(f"`--order 2`, `--symmetric` and `--positive-definite` are for programs: {only}")
    return Wanted(
        claims=_claims(claim),
        symmetric=names_of(symmetric),
        positive_definite=names_of(options.pop("positive_definite")),
        allowed=allowed,
        **options,
    )


def _claims(words: tuple[str, ...]) -> dict[str, str]:
    claims: dict[str, str] = {}
    for word in words:
        help = (
            f"the name of the input comes first: --claim x={shlex.quote(word.lstrip('='))}" if word else None
        )
        name, text = assignment("--claim", word, help)
        if name in claims:
            raise UsageError(f"two claims are made for `{name}`")
        claims[name] = text
    return claims


def replay_line(request: Request, wanted: Wanted, inputs: Mapping[str, Any]) -> str:
    """The command line that makes this check again, at just this point."""
    from gradcli.render.numbers import value_text

    words = ["gradcli", "check", *_subject_words(request, wanted)]
    for name, value in inputs.items():
        words += [f"--{name}", request.texts.get(name) or value_text(value)]
    for name, text in wanted.claims.items():
        words += ["--claim", f"{name}={text}"]
    for option, number in (
        ("--rtol", wanted.rtol),
        ("--atol", wanted.atol),
        ("--directional", wanted.directional),
    ):
        words += [option, f"{number:g}"] if number is not None else []
    for option, names in (
        ("--wrt", request.wrt or ()),
        ("--const", request.const),
        ("--symmetric", wanted.symmetric),
        ("--positive-definite", wanted.positive_definite),
    ):
        words += [option, ",".join(names)] if names else []
    words += ["--order", "2"] if wanted.order == 2 else []
    words += ["--seed", f"{request.settings.seed}"] if request.settings.seed else []
    line = " ".join(map(_quoted, words))
    return line if len(line) <= MAX_REPLAY else ""


def _quoted(word: str) -> str:
    """A word as a shell takes it; control characters in the quotation that bash and zsh have for them."""
    if word.isprintable():
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(each if each.isprintable() else ascii(each)[1:-1] for each in escaped) + "'"


def _subject_words(request: Request, wanted: Wanted) -> list[str]:
    if wanted.python is not None and wanted.gradient is not None:
        return ["--python", wanted.python, "--gradient", wanted.gradient]
    source = request.program.source
    is_file = type(source) is Source and source.name != "<program>"  # and no excerpt of a file of cases
    return ["--file", source.name] if is_file else [source.text]
