"""A table that fills itself: a name brings in the module that defines it, and a listing brings in all.

`python -m gradcli.primitives.registry` rewrites `function_index.py`; a test holds it up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

Record = TypeVar("Record")

# Of functions, in the order of their imports: each one uses only those before it.
MODULES = (
    "comparison",
    "selection",
    "shape",
    "arithmetic",
    "elementary",
    "trigonometry",
    "sinc",
    "special",
    "piecewise",
    "rectifiers",
    "activations",
    "control",
    "random",
    "indexing",
    "joining",
    "layout",
    "parts",
    "tiling",
    "diagonals",
    "gathering",
    "reduction",
    "extremes",
    "scans",
    "cumulative",
    "sorting",
    "curves",
    "products",
    "linalg",
    "outputs",
    "spectral",
    "singular",
    "norms",
    "statistics",
    "without_nan",
    "softmax",
    "creation",
    "losses",
    "layers",
    "margins",
    "fused",
    "determinants",
    "einsum",
    "contractions",
    "decompositions",
)


def load() -> None:
    """Import every module, which fills the tables of `gradcli.primitives.table`."""
    for module in MODULES:
        import_module(f"gradcli.primitives.{module}")


class Registry(dict[str, Record]):
    """Records by name, entered when their module is imported, which looking up a name does.

    Importing all modules would cost a quarter of NumPy's own import; a program needs few of them.
    """

    def __init__(self, module_of: Mapping[str, str]) -> None:
        super().__init__()
        self.module_of = module_of

    def enter(self, name: str, record: Record) -> None:
        """Add a record; a name that is taken is refused."""
        if dict.__contains__(self, name):
            raise ValueError(f"{name!r} is defined twice")
        self[name] = record

    def __missing__(self, name: str) -> Record:
        if name not in self.module_of:
            raise KeyError(name)
        import_module(f"gradcli.primitives.{self.module_of[name]}")
        return dict.__getitem__(self, name)

    def get(self, name: str, default: Record | None = None) -> Record | None:  # type: ignore[override]
        """The record of that name, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in self.module_of

    def __iter__(self) -> Iterator[str]:
        load()
        return super().__iter__()

    def __len__(self) -> int:
        load()
        return super().__len__()

    def keys(self) -> Any:
        """All names."""
        load()
        return super().keys()

    def values(self) -> Any:
        """All records."""
        load()
        return super().values()

    def items(self) -> Any:
        """All names with their records."""
        load()
        return super().items()


def index_text() -> str:
    """The text of `function_index.py`: every function's name with its module, found by importing them all."""
    from gradcli.primitives.table import FUNCTIONS

    known: set[str] = set()
    lines = []
    for module in MODULES:
        import_module(f"gradcli.primitives.{module}")
        new = sorted(set(dict.keys(FUNCTIONS)) - known)
        known.update(new)
        lines += [f'    "{name}": "{module}",' for name in new]
    head = '"""Where each function of the language is defined; written by `registry`."""'
    return "\n".join([head, "", "MODULE_OF = {", *lines, "}", ""])


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("function_index.py").write_text(index_text(), encoding="utf-8")
