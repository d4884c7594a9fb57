"""The architecture as a test: imports point downward only, and costly ones happen only when needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from gradcli.commands import COMMANDS

PACKAGE = Path(__file__).parents[1] / "gradcli"

# From the lowest to the highest. A module belongs to the longest name that fits; it may import from
# its own layer and from those before it. `docs/contributing.md` shows this table.
LAYERS = (
    ("_version", "records", "status", "errors", "limits", "memory", "threads", "language.source"),
    ("autodiff.primitive", "autodiff.nodes", "autodiff.graph", "autodiff.regions"),
    ("primitives",),
    ("autodiff",),
    ("language",),
    ("loops",),
    ("plans", "program", "recording", "repeats", "notes", "structures"),
    ("symbolic", "checking", "inspection"),
    ("api", "__init__"),
    ("suites",),
    ("reports", "render"),
    ("commands",),
    ("cli", "__main__", "pytest_plugin"),
)

# Packages that only some modules may import, because of what they cost or because of what they do.
ONLY_IN = {
    "click": ("cli", "commands"),
    "rich": ("render", "commands"),
    "lark": ("language.tables",),
    "matplotlib": ("render",),
    "jax": (),
    "torch": (),
    "pickle": (),
    "importlib.metadata": (),
    "importlib.resources": (),
    "typing.NamedTuple": ("records",),
}

# What `gradcli grad … --format json` must not load unless NumPy or click already did.
NOT_ON_START_UP = ("rich", "lark", "scipy", "matplotlib", "dataclasses", "inspect", "importlib.metadata")


class Import(NamedTuple):
    """One import: who imports what, where, and whether it happens as soon as the module is loaded."""

    module: str
    target: str
    line: int
    on_load: bool


def module_name(path: Path) -> str:
    """The dotted name below `gradcli`: `language.parse`, `autodiff` for a package, `__init__` for the top."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if len(parts) > 1 and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


TREES = {module_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def statements(body: list[ast.stmt], on_load: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Every statement below `body`, and whether it runs when the module is loaded."""
    for statement in body:
        yield statement, on_load
        in_function = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        for field, value in ast.iter_fields(statement):
            if field in ("body", "orelse", "finalbody"):
                only_types = isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)
                later = in_function or (only_types and field == "body")
                yield from statements(value, on_load and not later)
            elif field in ("handlers", "cases"):
                for part in value:
                    yield from statements(part.body, on_load)


def targets(statement: ast.stmt) -> Iterator[str]:
    """The dotted names that an import statement loads: modules, or names inside them."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        assert statement.level == 0, "imports are absolute"
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


IMPORTS = [
    Import(module, target, statement.lineno, on_load)
    for module, tree in TREES.items()
    for statement, on_load in statements(tree.body)
    for target in targets(statement)
]


def own_module(target: str) -> str | None:
    """The module of gradcli that an import target names or lies in, None for someone else's."""
    package, _, name = target.partition(".")
    if package != "gradcli":
        return None
    while name and name not in TREES:
        name = name.rpartition(".")[0]
    return name or "__init__"


def within(module: str, name: str) -> bool:
    return module == name or module.startswith(name + ".")


def layer(module: str) -> int:
    """The number of the layer whose longest name fits the module."""
    fits = [
        (len(name), number) for number, names in enumerate(LAYERS) for name in names if within(module, name)
    ]
    assert fits, f"gradcli.{module} is in no layer: add it to LAYERS"
    return max(fits)[1]


def test_every_module_has_a_layer():
    for module in TREES:
        layer(module)


def test_imports_point_downward():
    upward = [
        f"gradcli/{each.module.replace('.', '/')}.py:{each.line} imports {each.target}"
        for each in IMPORTS
        if (target := own_module(each.target)) is not None and layer(target) > layer(each.module)
    ]
    assert not upward, "\n".join(upward)


def test_contributing_shows_the_layers():
    text = (PACKAGE.parent / "docs/contributing.md").read_text("utf-8")
    assert "\n".join(", ".join(names) for names in LAYERS) in text


def test_no_import_cycles():
    graph: dict[str, set[str]] = {module: set() for module in TREES}
    for each in IMPORTS:
        target = own_module(each.target)
        if each.on_load and target is not None and target != each.module:
            graph[each.module].add(target)
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("package", ONLY_IN)
def test_packages_stay_where_they_belong(package):
    outside = [
        f"gradcli.{each.module}:{each.line}"
        for each in IMPORTS
        if within(each.target, package) and not any(within(each.module, name) for name in ONLY_IN[package])
    ]
    assert not outside


def is_exit(node: ast.AST) -> bool:
    """`print(…)`, `sys.exit(…)`, `exit(…)`, `os._exit(…)` or `raise SystemExit`."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("print", "exit", "quit", "sys.exit", "os._exit")
    return isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node)


def test_only_the_command_line_prints_and_exits():
    found = [
        f"gradcli.{module}:{node.lineno}"
        for module, tree in TREES.items()
        if module not in ("cli", "__main__", "commands.process_limits")
        for node in ast.walk(tree)
        if is_exit(node)
    ]
    assert not found


def loaded_by(code: str) -> set[str]:
    """The modules in `sys.modules` after running `code` in a fresh interpreter."""
    script = f"import sys\n{code}\nsys.stderr.write('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split("\n"))


def after_command(*arguments: str) -> set[str]:
    """The modules that are loaded after a gradcli command that succeeds."""
    return loaded_by(f"""
from gradcli.cli import run
assert run({[*arguments]!r}) == 0
""")


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "sum(x)", "--x", "0,1,2,3", "--format", "json"),
        ("grad", "2*dot(x,x)", "--x", "0,1,2,3", "--format", "json"),
    ],
)
def test_start_up_loads_only_what_it_needs(arguments):
    unavoidable = loaded_by("import numpy, click")
    loaded = after_command(*arguments) - unavoidable
    assert not [name for name in sorted(loaded) if any(within(name, each) for each in NOT_ON_START_UP)]


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), *((entry.name, "--help") for entry in COMMANDS)]
)
def test_help_and_version_do_not_load_numpy(arguments):
    assert "numpy" not in after_command(*arguments)
