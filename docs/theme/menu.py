"""What the site adds to its pages: a menu with every page, and no links to files that are not part of it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?:\.\./)+[^)\s]*)\)")


def on_config(config: Any) -> Any:
    """Put every decision below the entry `Decisions`, and pages that no entry names after the reference."""
    docs = Path(config["docs_dir"])
    pages = [path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.md"))]
    named = set(_pages(config["nav"]))
    decisions = [page for page in pages if page.startswith("decisions/")]
    _entry(config["nav"], "Decisions").extend(decisions)
    _entry(config["nav"], "Reference").extend(page for page in pages if page not in named | {*decisions})
    return config


def _pages(menu: Any) -> Iterator[str]:
    """The pages that a menu names."""
    if isinstance(menu, str):
        yield menu
    else:
        for each in menu.values() if isinstance(menu, dict) else menu:
            yield from _pages(each)


def _entry(menu: list[Any], title: str) -> list[Any]:
    """What stands below an entry of the menu, or below one of its own."""
    entries = [(name, below) for each in menu if isinstance(each, dict) for name, below in each.items()]
    for name, below in entries:
        if name == title:
            assert isinstance(below, list)
            return below
    return _entry([each for _, below in entries if isinstance(below, list) for each in below], title)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Name files outside of the documentation in place of linking to them."""
    folder = posixpath.dirname(page.file.src_uri)

    def shown(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link[2]))
        return f"{link[1]} (`{path[3:]}`)" if path.startswith("../") else link[0]

    return LINK.sub(shown, markdown)
