"""The documentation as a site: it builds without a warning, and browsers fetch nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT

pytest.importorskip("material", reason='pip install -e ".[docs]" brings MkDocs')

LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=[\"']?([^\"' >]+)|<link\b[^>]*?>")
HREF = re.compile(r"\bhref=[\"']?([^\"' >]+)")
IN_CSS = re.compile(r"(?:url\(|@import )[\"']?([^\"')]+)")
OUTSIDE = re.compile(r"^(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    words = ["build", "--strict", "--config-file", ROOT / ".mkdocs.yml", "--site-dir", folder]
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", *words], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there(site):
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert pages <= {path.relative_to(site) for path in site.rglob("*.html")}


def loaded(page: Path) -> list[str]:
    """What a browser loads for a page or a style sheet."""
    text = page.read_text("utf-8")
    if page.suffix == ".css":
        return IN_CSS.findall(text)
    found = []
    for tag in LOADED.finditer(text):
        link = HREF.search(tag[0])
        is_loaded = tag[1] or "stylesheet" in tag[0] or "preload" in tag[0] or "icon" in tag[0]
        found += [tag[1] or link[1]] if is_loaded and (tag[1] or link) else []
    return found


def test_nothing_is_loaded_from_elsewhere(site):
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    everything = [(page.name, address) for page in pages for address in loaded(page)]
    assert len(everything) > 100
    assert not [each for each in everything if OUTSIDE.match(each[1])]


def test_the_search_knows_the_messages(site):
    assert "closes nothing" in (site / "search/search_index.json").read_text("utf-8")
