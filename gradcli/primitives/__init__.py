"""The primitives and functions of the language, one module a family, entered in the tables when it is imported."""

from __future__ import annotations

from importlib import import_module

FAMILIES = ("comparison", "selection", "arithmetic", "elementary", "shape", "indexing", "outputs")


def load() -> None:
    """Fill the tables of `gradcli.primitives.table` with every family."""
    for family in FAMILIES:
        import_module(f"gradcli.primitives.{family}")
