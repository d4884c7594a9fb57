"""The part of the menu that a folder tells: the decisions, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """Put every decision below the entry `Decisions`."""
    docs = Path(config["docs_dir"])
    pages = [path.relative_to(docs).as_posix() for path in sorted(docs.glob("decisions/*.md"))]
    for section in config["nav"]:
        for entries in section.values():
            for entry in entries if isinstance(entries, list) else ():
                if "Decisions" in entry:
                    entry["Decisions"] = pages
    return config
