"""Curves and fields drawn by matplotlib, which is an extra."""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import UsageError
from gradcli.inspection.curve import Curve, Field
from gradcli.render.plot_canvas import extent
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.reports.plots import Plotted

_BLUE, _GREEN, _RED, _GREY = "#2563eb", "#059669", "#dc2626", "#9ca3af"
_ARROWS = 4  # of the gradient field: one for so many points of the grid


def drawn(report: Plotted, format: str) -> bytes:
    """The picture of a plot in one of matplotlib's formats; `UsageError` where there is no matplotlib."""
    try:
        matplotlib: Any = import_module("matplotlib")
        figures: Any = import_module("matplotlib.figure")
    except ImportError:
        raise UsageError(
            "drawing to a file needs matplotlib", help="install it with: pip install 'gradcli[plot]'"
        ) from None
    settings = {
        "svg.hashsalt": "gradcli",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context(settings):
        figure = figures.Figure(figsize=(7.2, 5.4), layout="constrained")
        title = " ".join(escape(report.run.program).split()).replace("$", r"\$")
        figure.suptitle(title, family="monospace", fontsize=12)
        plot = report.plot
        if isinstance(plot, Curve):
            _curve(figure, plot)
        else:
            _field(figure, plot)
        file = io.BytesIO()
        figure.savefig(file, format=format, dpi=150, metadata={"Date": None} if format == "svg" else None)
    return file.getvalue()


def _curve(figure: Any, plot: Curve) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True)
    name = plot.name.replace("$", r"\$")
    for axes, numbers, color, label in (
        (upper, plot.values, _BLUE, "f"),
        (lower, plot.slopes, _GREEN, f"df/d{name}"),
    ):
        low, high = extent(numbers)
        pad = 0.05 * (high - low)
        axes.set_ylim(low - pad, high + pad)
        axes.axhline(0, color=_GREY, linewidth=0.7)
        axes.plot(plot.x, _broken(numbers, (low, high)), color=color)
        axes.set_ylabel(label)
        for mark in plot.marks:
            axes.axvline(mark.at, color=_RED, linewidth=0.9, linestyle=":" if mark.kind == "kink" else "--")
        for gap in plot.gaps:
            axes.axvspan(gap.start, gap.stop, color=_GREY, alpha=0.3)
    lower.set_xlabel(name)
    lower.set_xlim(plot.x[0], plot.x[-1])


def _broken(numbers: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """The numbers with a hole where a pole leads from beyond one edge to beyond the other."""
    low, high = ends
    shown = np.where(np.isfinite(numbers), numbers, np.nan)
    with np.errstate(invalid="ignore"):
        over, under = shown > high, shown < low
        poles = (over[:-1] & under[1:]) | (under[:-1] & over[1:])
    shown[:-1][poles] = np.nan
    return shown


def _field(figure: Any, plot: Field) -> None:
    axes = figure.subplots()
    values = np.ma.masked_invalid(plot.values)
    filled = axes.contourf(plot.x, plot.y, values, levels=20, cmap="viridis")
    axes.contour(plot.x, plot.y, values, levels=20, colors="white", linewidths=0.4, alpha=0.6)
    figure.colorbar(filled, ax=axes)
    step = slice(_ARROWS // 2, None, _ARROWS)
    along, up = (slopes[step, step] for slopes in plot.slopes)
    with np.errstate(all="ignore"):
        length = np.hypot(along, up)
        shrink = np.where(length > 0, np.sqrt(length) / length, 0.0)  # long arrows would hide short ones
    axes.quiver(plot.x[step], plot.y[step], along * shrink, up * shrink, color="white", width=0.003)
    axes.set_xlabel(plot.names[0].replace("$", r"\$"))
    axes.set_ylabel(plot.names[1].replace("$", r"\$"))
