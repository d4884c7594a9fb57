"""Every message that gradcli raises, read from its source: the chapter `docs/messages.md` lists them.

The text of a message is followed to where it is written: through variables, conditional expressions, helpers
that are given it, and helpers that return it. What a program fills in is shown as `…`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.documents import ROOT

PACKAGE = ROOT / "gradcli"
HOLE = "…"

# The parts of the chapter, and the modules whose messages they list (the longest name that fits decides).
PARTS = {
    "The command line": ("cli", "commands", "render"),
    "The text of a program": ("language",),
    "Values and files": (
        *("language.values", "language.files", "language.binary_files", "errors"),
        *("language.strict_json", "language.literals", "structures"),
    ),
    "While a program runs": (
        "language.run",
        "language.builtins",
        "language.explain",
        "primitives",
        "autodiff",
    ),
    "Limits": ("limits", "memory"),
    "What is asked for": ("program", "recording", "inspection", "api"),
    "Checks and claims": ("checking",),
    "Formulas": ("symbolic",),
    "Files of cases": ("suites", "commands.case_runner", "commands.case_problems", "commands.batch_data"),
}


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A message with its holes, and the help that comes with it where that is always the same."""

    text: str
    help: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a module, or the module itself."""

    module: str
    node: ast.FunctionDef | ast.Module

    def parameters(self) -> list[str]:
        if isinstance(self.node, ast.Module):
            return []
        arguments = self.node.args
        return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    def assigned(self, name: str) -> Iterator[ast.expr]:
        """What is assigned to a name in the function."""
        for node in ast.walk(self.node):
            for target, value in _assignments(node):
                if isinstance(target, ast.Name) and target.id == name:
                    yield value


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(targets, values, strict=True)
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = ast.parse(
            path.read_text("utf-8")
        )
    return found


@cache
def error_classes() -> frozenset[str]:
    """`GradcliError` and what is derived from it, by name."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"GradcliError"}
    while more := {name for name, own in bases.items() if own & known} - known:
        known |= more
    return frozenset(known)


@cache
def calls() -> tuple[tuple[Function, ast.Call], ...]:
    """Every call with the innermost function around it."""
    found: list[tuple[Function, ast.Call]] = []

    def visit(node: ast.AST, inside: Function) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                found.append((inside, child))
            visit(child, Function(inside.module, child) if isinstance(child, ast.FunctionDef) else inside)

    for module, tree in modules().items():
        visit(tree, Function(module, tree))
    return tuple(found)


def _called(node: ast.Call) -> str:
    """The name of what is called, without what stands before a dot."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _argument(call: ast.Call, function: Function, name: str) -> ast.expr | None:
    """What a call gives for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [each for each in function.parameters() if each not in ("self", "cls")]
    at = names.index(name)
    return call.args[at] if at < len(call.args) else None


def texts(
    node: ast.expr | None, inside: Function, seen: frozenset[tuple[str, str]] = frozenset()
) -> set[str]:
    """The texts that an expression may have; the empty set when they are not written in the source."""
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.JoinedStr(values=parts):
            return {"".join(p.value if isinstance(p, ast.Constant) else HOLE for p in parts)}
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return {
                one + other
                for one in texts(left, inside, seen) or {HOLE}
                for other in texts(right, inside, seen) or {HOLE}
            }
        case ast.IfExp(body=body, orelse=orelse):
            return texts(body, inside, seen) | texts(orelse, inside, seen)
        case ast.BoolOp(values=values):
            return set().union(*(texts(value, inside, seen) for value in values))
        case ast.Name(id=name):
            return _of_name(name, inside, seen)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="replace" | "strip")):
            return _of_name(name, inside, seen)
        case ast.Call() as call:
            return _of_call(call, inside, seen)
        case ast.Subscript(value=ast.Name(id=name)):
            return _of_table(name, inside)
    return set()


def _of_name(name: str, inside: Function, seen: frozenset[tuple[str, str]]) -> set[str]:
    """The texts of a variable, or of a parameter wherever the function is called."""
    key = (inside.module, f"{getattr(inside.node, 'name', '')}.{name}")
    if key in seen:
        return set()
    seen |= {key}
    found = set().union(*(texts(value, inside, seen) for value in inside.assigned(name)))
    if name in inside.parameters() and isinstance(inside.node, ast.FunctionDef):
        for caller, call in calls():
            if _called(call) == inside.node.name and (
                caller.module == inside.module or not inside.node.name.startswith("_")
            ):
                found |= texts(_argument(call, inside, name), caller, seen)
    if not found and isinstance(inside.node, ast.FunctionDef):
        module = Function(inside.module, modules()[inside.module])
        found = set().union(*(texts(value, module, seen) for value in _top_level(module, name)))
    return found


def _top_level(module: Function, name: str) -> Iterator[ast.expr]:
    assert isinstance(module.node, ast.Module)
    for node in module.node.body:
        yield from (
            value
            for target, value in _assignments(node)
            if isinstance(target, ast.Name) and target.id == name
        )


def _of_call(call: ast.Call, caller: Function, seen: frozenset[tuple[str, str]]) -> set[str]:
    """What a function of the same module returns."""
    key = (caller.module, f"{_called(call)}()")
    found: set[str] = set()
    for node in ast.walk(modules()[caller.module]) if key not in seen else ():
        if isinstance(node, ast.FunctionDef) and node.name == _called(call):
            for each in ast.walk(node):
                if isinstance(each, ast.Return):
                    found |= texts(each.value, Function(caller.module, node), seen | {key})
    return found


def _of_table(name: str, inside: Function) -> set[str]:
    """The texts of a table of the module."""
    module = Function(inside.module, modules()[inside.module])
    found: set[str] = set()
    for value in _top_level(module, name):
        if isinstance(value, ast.Dict):
            found = found.union(*(texts(each, module) for each in value.values))
    return found


@dataclass(frozen=True, slots=True)
class Raised:
    """A place where an error is made, with what its message may be."""

    module: str
    line: int
    messages: tuple[Message, ...]


@cache
def raised() -> tuple[Raised, ...]:
    """Every place where an error of our own is made."""
    found = []
    for inside, call in calls():
        if _called(call) in error_classes() and (call.args or call.keywords):
            help = next((each.value for each in call.keywords if each.arg == "help"), None)
            helps = texts(help, inside)
            told = helps.pop() if len(helps) == 1 else ""
            messages = tuple(Message(text, told) for text in sorted(texts(call.args[0], inside)))
            found.append(Raised(inside.module, call.lineno, messages))
    return tuple(found)


@cache
def hints() -> tuple[Message, ...]:
    """The messages of the hints about mistakes, which replace the parser's own."""
    found = set()
    for module in ("language.hints", "language.foreign"):
        for each in ast.walk(modules()[module]):
            if isinstance(each, ast.FunctionDef):
                inside = Function(module, each)
                for node in ast.walk(each):
                    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                        text, help = node.value.elts
                        helps = texts(help, inside)
                        told = helps.pop() if len(helps) == 1 else ""
                        found |= {Message(each, told) for each in texts(text, inside)}
    return tuple(sorted(found))


def part_of(module: str) -> str:
    """The part of the chapter that lists the messages of a module."""
    fits = [
        (len(name), part)
        for part, names in PARTS.items()
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert fits, f"gradcli.{module} raises errors and is in no part of docs/messages.md: add it to PARTS"
    return max(fits)[1]


_OPENING = """\
# Messages

Every error message of gradcli, with the help that comes with it where that is always the same; `…` stands for what the program at hand
fills in. [Errors](errors.md) shows what they look like. `python -m tests.docs_refresh` reads the list from the source."""


def chapter() -> str:
    """The text of `docs/messages.md`."""
    lines = [_OPENING]
    for part in PARTS:
        places = [place for place in raised() if part_of(place.module) == part]
        found = {each for place in places for each in place.messages if any(map(str.isalpha, each.text))}
        found |= set(hints()) if part == part_of("language.hints") else set()
        lines += ["", f"## {part}", "", "| message | help |", "| --- | --- |"]
        lines += [f"| {_cell(each.text)} | {_cell(each.help)} |" for each in sorted(found)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text of a table that only backticks have a meaning in."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    plain = (re.sub(r"([*_<>\[\]])", r"\\\1", part) if part[:1] != "`" else part for part in parts)
    return "".join(plain)
