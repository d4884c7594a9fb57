"""Commands of LaTeX in a program, and what to write instead; loaded for messages only."""

from __future__ import annotations

import re

from gradcli.errors import ProgramError
from gradcli.language.source import Span

_COMMAND = re.compile(r"\\(?:[A-Za-z]+|[^\n])")
_OPERAND = re.compile(r"[\w)\]}][ \t]*$")


def _each(commands: str, advice: str) -> dict[str, str]:
    return dict.fromkeys(commands.split(), advice)


_INSTEAD = {
    **_each("frac dfrac tfrac cfrac", "write `(a)/(b)`"),
    **_each("cdot times ast odot circ", "write `*`"),
    **_each("left right big bigl bigr Big Bigl Bigr", "leave it out"),
    **_each(
        "mathrm mathbf mathbb mathit boldsymbol operatorname text vec hat bar tilde", "write the plain name"
    ),
    **_each(", ; : ! quad qquad displaystyle", "leave it out"),
    **_each("\\ newline", "end the line"),
    **_each("le leq leqslant", "write `<=`"),
    **_each("ge geq geqslant", "write `>=`"),
    **_each("ne neq", "write `!=`"),
    **_each("top intercal", "the transpose of `A` is `A.T`"),
    **_each("| Vert lVert rVert", "write norm(x)"),
    **_each("vert lvert rvert", "write abs(x)"),
    **_each("lfloor rfloor", "write floor(x)"),
    **_each("lceil rceil", "write ceil(x)"),
    **_each("langle rangle", "write dot(x, y)"),
    **_each("partial nabla", "derivatives are asked for by commands: gradcli grad, gradcli diff"),
    **_each("begin end", "a matrix is [[a, b], [c, d]]"),
    **_each("{ }", "write parentheses"),
    "sqrt": "write sqrt(x)",
    "sum": "write sum(f(i) for i in range(n))",
    "prod": "write prod([f(i) for i in range(n)])",
    "int": "there are no integrals; trapezoid(y, x) adds up",
    "lim": "there are no limits",
    "infty": "write `inf`",
    "div": "write `/`",
    "otimes": "write kron(A, B) or outer(x, y)",
    "pm": "write both: a + b, a - b",
    "to": "a function is `lambda x: …`",
    "mapsto": "a function is `lambda x: …`",
}


def backslash(text: str, start: int) -> ProgramError:
    """The error for a backslash that ends no line: a command of LaTeX, or the division of MATLAB."""
    match = _COMMAND.match(text, start)
    if match is None or match[0][1].isspace():
        message = "a backslash continues a line only as its last character, and only if a line follows"
        return ProgramError(message, span=Span(start, start + 1), help="remove it")
    name = match[0][1:]
    help = _INSTEAD.get(name) or _meaning(name)
    if help is None and _OPERAND.search(text, max(0, start - 20), start):
        return ProgramError(
            "`\\` is not part of the language", span=Span(start, start + 1), help="write solve(A, b)"
        )
    message = f"`{match[0]}` is not part of the language"
    return ProgramError(message, span=Span(*match.span()), help=help or f"write `{name}`")


def _meaning(name: str) -> str | None:
    """What a command that is called like a function, a constant or a Greek letter means."""
    from unicodedata import lookup

    from gradcli.language.library import constant, table_function

    function = table_function(name, "")
    if function is not None:
        return f"write {name}(x)"
    try:
        lookup(f"greek small letter {name.removeprefix('var').lower()}")
    except KeyError:
        return f"write `{name}`" if constant(name) is not None else None
    return f"write `{name}`"
