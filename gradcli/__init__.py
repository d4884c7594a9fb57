"""A gradient checker and an expression differentiator.

>>> import gradcli
>>> gradcli.compile("sum(x**2)").grad({"x": [1, 2]})
{'x': array([2., 4.])}
"""

from __future__ import annotations

from gradcli._version import __version__

TYPE_CHECKING = False  # not from `typing`, which is not imported before the process can be interrupted
if TYPE_CHECKING:
    from typing import Any

    from gradcli.api import Program, compile
    from gradcli.recording import Recording

__all__ = ["Program", "Recording", "__version__", "compile"]


def __getattr__(name: str) -> Any:
    """Import the engine, and with it NumPy, when it is first asked for: `gradcli --help` does without."""
    if name in ("Program", "compile"):
        from gradcli import api

        return getattr(api, name)
    if name == "Recording":
        from gradcli.recording import Recording

        return Recording
    raise AttributeError(f"module 'gradcli' has no attribute {name!r}")
