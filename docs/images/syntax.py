"""`python docs/images/syntax.py` draws the grammar: a diagram for each rule, and the page of them all.

A left-recursive rule becomes a loop, a template is drawn where it is used, and so are the rules of `INLINE`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import railroad
from lark import Token, Tree
from lark.grammar import Symbol
from lark.load_grammar import load_grammar

DOCS = Path(__file__).parents[1]
GRAMMAR = DOCS.parent / "grammars/gradcli.lark"
PICTURES = DOCS / "images/syntax"
PAGE = DOCS / "syntax.md"

# What the page shows: sections, their rules, and what a diagram cannot tell about a rule.
SECTIONS = {
    "Programs": {
        "program": "",
        "line": "A `NEWLINE` ends every line that is not empty, and stands at the end of the text and before a `}`.",
        "statement": "",
    },
    "Statements with blocks": {
        "braced": "Blocks in braces, which may stand on one line; a `;` or the end of the line follows.",
        "indented": "Blocks as Python has them.",
        "head": "",
        "braces": "",
        "suite": "`INDENT` and `DEDENT` stand where the indentation changes; inside of braces there are none.",
        "parameter": "",
        "annotation": "Annotations have no effect.",
    },
    "Simple statements": {
        "simple": "",
        "assignment": "What may stand on the left: names, attributes, subscripts, and lists of them.",
        "imported": "Imports have no effect: NumPy's and torch's names are known.",
        "import_name": "",
    },
    "Expressions": {
        "expressions": "",
        "expression": "",
        "chain": "Operators bind as in Python, from the loosest to the tightest: `or`, `and`, `not`, comparisons, `+ -`, "
        "`* / // % @`, signs, `** ^`; comparisons may be chained, powers group from the right.",
        "primary": "",
        "argument": "",
        "index": "",
        "clause": "",
        "targets": "",
        "anonymous": "",
        "lambda_parameter": "",
    },
    "Words and signs": {
        "OPERATOR": "",
        "AUGMENTED": "",
    },
}

INLINE = {
    *("lines", "statements", "simples", "strings", "prefixes", "identifier", "module", "dotted", "tuple"),
    *("conditions", "clauses", "list", "pairs", "branches", "SIGN", "STAR", "ARROW", "ELLIPSIS"),
}

CSS = """
svg { --ink: #1f2933; --word: #d9ecff; --name: #f3f4f6; }
@media (prefers-color-scheme: dark) { svg { --ink: #d8dee9; --word: #1e3a5f; --name: #2b303b; } }
path { stroke-width: 2; stroke: var(--ink); fill: none; }
rect { stroke-width: 1.5; stroke: var(--ink); fill: var(--name); }
.terminal rect { fill: var(--word); }
text { font: 14px ui-monospace, monospace; text-anchor: middle; fill: var(--ink); }
.terminal text { font-weight: bold; }
"""


@dataclass(frozen=True, slots=True)
class Word:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A rule or a kind of token."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Once or more often, with something in between; `least` 0 allows none."""

    part: Part
    between: Part | None
    least: int


Part = Word | Name | Sequence | Choice | Many


class Grammar:
    """The rules as parts to be drawn."""

    def __init__(self, text: str) -> None:
        parsed = load_grammar(text, "gradcli", [], False)[0]
        self.rules = {str(name): (tuple(params), tree) for name, params, tree, _ in parsed.rule_defs}
        self.tokens = {str(name): tree for name, (tree, _) in parsed.term_defs if tree is not None}

    def rule(self, name: str, arguments: tuple[Part, ...] = ()) -> Part:
        """What a rule or a token stands for."""
        if name in self.tokens:
            return choice([self._part(each, {}) for each in self.tokens[name].children])
        params, tree = self.rules[name]
        bound = dict(zip(params, arguments, strict=True))
        own = [self._alternative(each, bound, name) for each in tree.children]
        steps = [rest for is_loop, rest in own if is_loop]
        first = [rest for is_loop, rest in own if not is_loop]
        return loop(first, steps) if steps else choice(list(map(sequence, first)))

    def _alternative(self, tree: Tree[Any], bound: dict[str, Part], name: str) -> tuple[bool, list[Part]]:
        """Whether an alternative begins with its own rule, and its parts without that."""
        items = (tree.children[0] if tree.data == "alias" else tree).children
        head = items[0].children[0] if items[0].data == "value" else None
        if isinstance(head, Tree):  # a template with its arguments
            head = head.children[0]
        is_loop = isinstance(head, Symbol) and head.name == name
        return is_loop, [self._part(each, bound) for each in items[is_loop:]]

    def _part(self, tree: Tree[Any], bound: dict[str, Part]) -> Part:
        match tree.data, tree.children:
            case "value" | "expansions" | "alias", [Tree() as only, *_]:
                if tree.data == "expansions":
                    return choice([self._part(each, bound) for each in tree.children])
                return self._part(only, bound)
            case "expansion", children:
                return sequence([self._part(each, bound) for each in children])
            case "expr", [inner, Token("OP", "?")]:
                return Choice((Sequence(()), self._part(inner, bound)))
            case "literal", [Token("STRING", text)]:
                return Word(text[1:-1])
            case "template_usage", [Symbol(name=name), *arguments]:
                return self.rule(name, tuple(self._part(each, bound) for each in arguments))
            case "value", [Symbol(name=name)]:
                return self._named(name, bound)
        raise ValueError(f"the grammar has a form that nobody draws: {tree.data}")

    def _named(self, name: str, bound: dict[str, Part]) -> Part:
        if name in bound:
            return bound[name]
        return self.rule(name) if name in INLINE else Name(name)


def sequence(parts: list[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def choice(parts: list[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Choice(tuple(parts))


def loop(first: list[list[Part]], steps: list[list[Part]]) -> Part:
    """A rule that repeats: one of the first alternatives, then steps."""
    if len(first) == len(steps) == 1 and steps[0][-len(first[0]) :] == first[0]:
        between = steps[0][: -len(first[0])]
        return Many(sequence(first[0]), sequence(between) if between else None, 1)
    return Sequence((choice(list(map(sequence, first))), Many(choice(list(map(sequence, steps))), None, 0)))


def drawn(part: Part) -> Any:
    """A part as the package draws it."""
    match part:
        case Word(text):
            return railroad.Terminal(text)
        case Name(text):
            return railroad.NonTerminal(text)
        case Sequence((Choice(parts), Many() as then)) if len(parts) > 2:
            return railroad.Stack(drawn(Choice(parts)), drawn(then))  # side by side they are too wide
        case Sequence(parts):
            return railroad.Sequence(*map(drawn, parts)) if parts else railroad.Skip()
        case Choice((Sequence(()), inner)):
            return railroad.Optional(drawn(inner))
        case Choice(parts):
            return railroad.Choice(0, *map(drawn, parts))
        case Many(inner, between, least):
            kind = railroad.OneOrMore if least else railroad.ZeroOrMore
            return kind(drawn(inner), drawn(between) if between else None)


def written(part: Part) -> str:
    """A part as text, for readers who do not see the picture."""
    match part:
        case Word(text):
            return f"'{text}'"
        case Name(text):
            return text
        case Sequence(parts):
            return " ".join(map(written, parts))
        case Choice((Sequence(()), inner)):
            return f"[{written(inner)}]"
        case Choice(parts):
            return f"({' | '.join(map(written, parts))})"
        case Many(inner, between, least):
            again = f"{written(between)} {written(inner)}" if between else written(inner)
            return f"{written(inner)} {{{again}}}" if least else f"{{{again}}}"


def names(part: Part) -> Iterator[str]:
    """The names that a part uses."""
    match part:
        case Name(text):
            yield text
        case Sequence(parts) | Choice(parts):
            for each in parts:
                yield from names(each)
        case Many(inner, between, _):
            yield from names(inner)
            yield from names(between) if between else ()


railroad.INTERNAL_ALIGNMENT = "left"


def picture(part: Part) -> str:
    """The diagram as SVG."""
    file = io.StringIO()
    railroad.Diagram(drawn(part), type="complex").writeStandalone(file.write, CSS)
    return re.sub(r"(\d+\.\d\d)\d+", r"\1", file.getvalue()).rstrip() + "\n"


def page(grammar: Grammar) -> str:
    """The page with all diagrams."""
    lines = [_OPENING]
    shown = {rule for rules in SECTIONS.values() for rule in rules}
    for section, rules in SECTIONS.items():
        lines.append(f"## {section}\n")
        for rule, remark in rules.items():
            part = grammar.rule(rule)
            lines += [f"### {rule}\n", f"![{literal(whole(part))}](images/syntax/{rule}.svg)\n"]
            links = [f"[{name}](#{name.lower()})" for name in dict.fromkeys(names(part)) if name in shown]
            lines += [f"{remark}\n"] if remark else []
            lines += [f"Uses {', '.join(links)}.\n"] if links else []
    return "\n".join([*lines, _CLOSING])


_OPENING = """\
# Syntax

The grammar of [the language](language.md), drawn by `docs/images/syntax.py` from `grammars/gradcli.lark`. Follow the lines from left to
right: what stands in a blue box is written as it is, a grey box is another diagram or a kind of word.
"""
_CLOSING = """\
`NAME` is a name as in Python, `NUMBER` a whole or floating-point number in any of Python's spellings, `STRING` a text in quotes.
A comment begins with `#`. A backslash at the end of a line continues it.
"""


def whole(part: Part) -> str:
    """A rule as text; its own alternatives need no parentheses."""
    return " | ".join(map(written, part.parts)) if isinstance(part, Choice) else written(part)


def literal(text: str) -> str:
    """Text that Markdown leaves alone in the alternative of a picture."""
    return re.sub(r"([\\\[\]*_`<>])", r"\\\1", text)


def files() -> dict[Path, str]:
    """Every file that the grammar determines."""
    grammar = Grammar(GRAMMAR.read_text("utf-8"))
    rules = [rule for rules in SECTIONS.values() for rule in rules]
    return {PAGE: page(grammar)} | {PICTURES / f"{rule}.svg": picture(grammar.rule(rule)) for rule in rules}


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, "utf-8")
