"""Names in the code that is written: those that are free, and those that inputs must not have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from keyword import iskeyword

from gradcli.errors import UsageError

_CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_MEMBER = re.compile(r"\.([^.\[\]]+)")


class Names:
    """Names that are taken already."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def fresh(self, wish: str) -> str:
        """The name wished for, or one like it; it is taken from now on."""
        name, number = wish, 1
        while name in self.taken or iskeyword(name):
            number += 1
            name = f"{wish}_{number}"
        self.taken.add(name)
        return name


def refuse_clashes(inputs: Iterable[str], needed: Collection[str]) -> None:
    """Raise `UsageError` for an input that is called like something that the code needs."""
    for name in inputs:
        if name in needed:
            raise UsageError(
                f"the code needs the name `{name}`, and an input has it",
                help=f"give the input another name, such as `{name}_`",
            )


def called(lines: Iterable[str]) -> set[str]:
    """The functions that lines of code call by plain names."""
    return {name for line in lines for name in _CALL.findall(line)}


def root_of(path: str) -> str:
    """The input that a path into a structure begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def in_python(path: str) -> str:
    """A path into a structure, `p.layers[0].W`, as Python reads dictionaries: `p['layers'][0]['W']`."""
    return _MEMBER.sub(r"['\1']", path)
