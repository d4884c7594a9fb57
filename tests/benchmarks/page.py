"""The benchmark table of docs/performance.md: written from the rows, read back by its test."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks import table, workloads
from tests.benchmarks.harness import PEERS
from tests.benchmarks.workloads import Measurement

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
LIBRARIES = ("numpy", *PEERS)


def machine() -> str:
    """What the figures were measured on: processor, system, and the versions of all that takes part."""
    libraries = (f"{name} {found}" for name in LIBRARIES if (found := installed(name)))
    return (
        f"{processor()}, one of {os.cpu_count()} cores and one BLAS thread, {platform.system()},"
        f" Python {platform.python_version()}, {', '.join(libraries)}."
    )


def processor() -> str:
    """The name of the processor as Linux knows it, elsewhere the architecture."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def installed(name: str) -> str | None:
    """The version of a library without what says how it was built, None where it is not installed."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None


def write(measurement: Measurement) -> None:
    """Put the table of a workload into the page, and what all were measured on."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    known = sections() | {measurement.heading: table.markdown(measurement).partition("\n\n")[2]}
    headings = (workloads.heading(name) for name in workloads.names())
    parts = [f"Measured on {machine()}", *(f"{each}\n\n{known[each]}" for each in headings if each in known)]
    text = "\n\n".join(part.rstrip() for part in parts)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")


def sections() -> dict[str, str]:
    """The tables of the page by the sentences above them."""
    text = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    _, *blocks = text.split("\n\n")
    return dict(zip(blocks[::2], blocks[1::2], strict=True))


def rows(section: str) -> list[tuple[str, str]]:
    """What each row of a table of the page measures, and beside what."""
    cells = (re.split(r" (?<!\\)\| ", line.strip("| ")) for line in section.split("\n")[2:])
    return [(what.replace("\\|", "|"), beside) for what, _, beside, *_ in cells]
