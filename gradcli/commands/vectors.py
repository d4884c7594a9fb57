"""The vectors of `--v` and `--u`: cotangents of outputs, tangents of inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradcli.errors import InputError, UsageError, nearest

if TYPE_CHECKING:
    from gradcli.commands.request import Request
    from gradcli.language.strict_json import Data

_NAMED = re.compile(r"\s*([^\W\d]\w*|\d+)\s*=(?!=)(.*)", re.DOTALL)


def named_vectors(
    request: Request, option: str, words: Iterable[str], like: Mapping[str, Data]
) -> dict[str, Data]:
    """Vectors by name: `x=1,2` for the name `x` of `like`, or `1,2` alone where `like` has one name only."""
    vectors: dict[str, Data] = {}
    for word in words:
        given, text = _split(word)
        name = _known_name(option, given, like)
        if name in vectors:
            raise UsageError(f"`{option}` is given twice" + (f" for `{name}`" if name else ""))
        vectors[name] = _vector(request, option, text, like[name])
    return vectors


def cotangent_passes(
    request: Request, option: str, words: Iterable[str], outputs: Mapping[str, Data]
) -> list[dict[str, Data]]:
    """The cotangents of each backward pass: one pass per word, or one for all words that name an output."""
    words = tuple(words)
    if any(_split(word)[0] for word in words):
        passes = [named_vectors(request, option, words, outputs)]
    elif "" in outputs:
        passes = [named_vectors(request, option, [word], outputs) for word in words]
    else:
        passes = [_all_outputs(request, option, word, outputs) for word in words]
    return [filled(each, outputs) for each in passes]


def direction_passes(
    request: Request, option: str, words: Iterable[str], inputs: Mapping[str, Data]
) -> list[dict[str, Data]]:
    """The directions of each pass: one pass per word where there is one input, else one for all words."""
    words = tuple(words)
    groups = [[word] for word in words] if len(inputs) == 1 else [words]
    return [filled(named_vectors(request, option, group, inputs), inputs) for group in groups]


def filled_like(value: Data, number: float) -> Data:
    """The same number in every place of a value."""
    if isinstance(value, dict):
        return {key: filled_like(item, number) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_like(item, number) for item in value]
    return np.full(np.shape(value), number) if np.ndim(value) else number


def _split(word: str) -> tuple[str | None, str]:
    named = _NAMED.fullmatch(word)
    return (named[1], named[2]) if named else (None, word)


def _known_name(option: str, name: str | None, like: Mapping[str, Data]) -> str:
    if not like:
        raise UsageError(f"`{option}` is for the inputs, and the program has none")
    names = ", ".join(f"`{each}`" for each in like)
    if name is not None and name in like:
        return name
    if name is None and len(like) == 1:
        return next(iter(like))
    if name is None:
        raise UsageError(
            f"`{option}` must say which it is for: {names}", help=f"{option} {next(iter(like))}=VALUE"
        )
    if "" in like:
        raise InputError(f"`{option}` names `{name}`, and the program's one output has no name")
    close = nearest(name, like)
    raise InputError(
        f"`{option}` names `{name}`, expected one of {names}",
        help=f"did you mean `{close}`?" if close else None,
    )


def _vector(request: Request, option: str, text: str, like: Data) -> Data:
    return filled_like(like, 1.0) if text.strip() == "ones" else request.value(text, option)


def _all_outputs(request: Request, option: str, word: str, outputs: Mapping[str, Data]) -> dict[str, Data]:
    """One word for several outputs: `ones`, or a JSON object with a vector per output."""
    if word.strip() == "ones":
        return {name: filled_like(value, 1.0) for name, value in outputs.items()}
    vector = request.value(word, option)
    named = vector if isinstance(vector, dict) else {None: vector}
    return {_known_name(option, name, outputs): each for name, each in named.items()}


def filled(vectors: Mapping[str, Data], like: Mapping[str, Data]) -> dict[str, Data]:
    """A vector for every name of `like`, zero where none was given."""
    return {
        name: vectors[name] if name in vectors else filled_like(value, 0.0) for name, value in like.items()
    }
