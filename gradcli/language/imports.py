"""Imports under other names: what stands before a dot gets the prefix by which the language knows the module.

An import has no effect of its own. Where it calls a module or a function by another name (`from numpy import
linalg as LA`), the tokens of that name get the text of the known one; they keep their place.
"""

from __future__ import annotations

from itertools import pairwise

from gradcli.language.tokens import Tokens

# The prefix of each module, one word for all of its path.
_PREFIXES = {
    "numpy": "np",
    "jax.numpy": "jnp",
    "autograd.numpy": "anp",
    "torch.nn": "nn",
    "torch.nn.functional": "F",
    **{name: name for name in ("math", "torch", "jax", "scipy")},
    **dict.fromkeys(("scipy.special", "torch.special", "jax.scipy.special"), "special"),
    **dict.fromkeys(("numpy.linalg", "scipy.linalg", "torch.linalg", "jax.numpy.linalg"), "linalg"),
}
_IMPORTS = frozenset(["import", "from"])
_ENDS = frozenset(["NEWLINE", ";", "$END", "DEDENT", "}"])


def resolve_imports(tokens: Tokens) -> None:
    """Give names that imports introduce the text of what they stand for."""
    if _IMPORTS.isdisjoint(tokens.symbols):
        return
    symbols, texts, _ = tokens
    imported, aliases = _imports(tokens)
    own = {text for text, sign in pairwise(texts) if sign == "="}  # what the program assigns itself
    for at, symbol in enumerate(symbols):
        alias = texts[at]
        if symbol == "NAME" and alias in aliases and at not in imported and texts[at - 1] != ".":
            known, is_module = aliases[alias]
            if symbols[at + 1] == "." if is_module else alias not in own:
                texts[at] = known


def _imports(tokens: Tokens) -> tuple[set[int], dict[str, tuple[str, bool]]]:
    """The places of tokens that belong to imports, and what the names stand for that these introduce."""
    imported: set[int] = set()
    aliases: dict[str, tuple[str, bool]] = {}
    for at, symbol in enumerate(tokens.symbols):
        if symbol in _IMPORTS and at not in imported:
            end = next(i for i in range(at, len(tokens.symbols)) if tokens.symbols[i] in _ENDS)
            imported.update(range(at, end))
            aliases |= _aliases(tokens.texts[at:end])
    return imported, aliases


def _aliases(words: list[str]) -> dict[str, tuple[str, bool]]:
    """What the names of an import statement stand for, and whether that is a module."""
    found: dict[str, tuple[str, bool]] = {}
    first, _, rest = " ".join(words[1:]).partition(" import ")
    origin = first.replace(" ", "") if rest else ""
    for each in (rest or first).strip("() ").split(","):
        name, _, alias = each.partition(" as ")
        path = ".".join(filter(None, [origin, name.replace(" ", "")]))
        if path in _PREFIXES and (alias or origin):
            found[alias.strip() or name.strip()] = (_PREFIXES[path], True)
        elif alias and origin in _PREFIXES:
            found[alias.strip()] = (name.strip(), False)
    return found
