"""The primitives and functions of the language, one module a family; importing one fills the tables."""

from __future__ import annotations

from importlib import import_module

FAMILIES = (
    "comparison",
    "selection",
    "arithmetic",
    "elementary",
    "trigonometry",
    "sinc",
    "special",
    "piecewise",
    "activations",
    "control",
    "random",
    "shape",
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
    "statistics",
    "softmax",
    "norms",
    "creation",
    "losses",
    "outputs",
    "products",
    "linalg",
    "determinants",
    "einsum",
    "contractions",
    "spectral",
    "singular",
    "decompositions",
)


def load() -> None:
    """Fill the tables of `gradcli.primitives.table` with every family."""
    for family in FAMILIES:
        import_module(f"gradcli.primitives.{family}")
