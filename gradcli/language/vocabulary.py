"""Words of Python that the language does not have, and what to write instead."""

from __future__ import annotations

ARROW = "<- "  # the assignment of R, which is a comparison here

_NO_EXCEPTIONS = "there are no exceptions; a condition that must hold is an `assert`"
_NO_SCOPES = "a function gives values back with `return`"

RESERVED = {
    "async": "everything runs in the order of the text",
    "await": "everything runs in the order of the text",
    "class": "write functions; structured inputs hold what objects would",
    "del": "a name can be given a new value",
    "except": _NO_EXCEPTIONS,
    "finally": _NO_EXCEPTIONS,
    "global": _NO_SCOPES,
    "is": "compare with `==`: x == None",
    "nonlocal": _NO_SCOPES,
    "raise": _NO_EXCEPTIONS,
    "try": _NO_EXCEPTIONS,
    "yield": "write a list comprehension: [f(i) for i in range(n)]",
}
