"""`gradcli functions` in every format, and the page that is written by it."""

from __future__ import annotations

import pytest

from gradcli.reports.functions import FORMATS
from tests.command_line import invoke, invoke_json
from tests.documents import ROOT


def test_a_function_is_explained():
    lines = invoke("functions", "abs").stdout.splitlines()
    assert lines[:3] == ["abs(x)", "the absolute value", ""]
    facts = dict(line.split("  ", 1) for line in lines[3:])
    assert facts["derivative"].strip() == "sign(x)"
    assert facts["at special points"].strip() == "0 at 0, the subgradient of least norm"
    assert facts["example"].strip() == "abs(-3) = 3"
    assert facts["also called"].strip() == "absolute, fabs"


def test_all_are_listed_by_families():
    text = invoke("functions").stdout
    assert text.startswith("comparison\n  less ")
    assert "\n\nlinear algebra\n  " in text


def test_plain_lists_signatures():
    lines = invoke("functions", "--format", "plain").stdout.splitlines()
    assert "atan2(y, x)" in lines
    assert len(lines) > 250


def test_json_has_the_same_fields_for_all():
    document = invoke_json("functions")
    assert document["command"] == "functions"
    assert len({tuple(each) for each in document["functions"]}) == 1
    (infinity,) = [each for each in document["functions"] if each["name"] == "inf"]
    assert infinity["value"] == "Infinity"


@pytest.mark.parametrize("name", [*FORMATS, "json", "jsonl"])
def test_every_format_explains(name):
    done = invoke("functions", "softplus", "logsumexp", "--format", name)
    assert done.status == 0
    assert "softplus(x" in done.stdout
    assert "logsumexp(x" in done.stdout


def test_unknown_functions_are_errors():
    done = invoke("functions", "nrom")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == "error: there is no function `nrom`\nhelp: did you mean `norm`?\n"


def test_the_page_is_up_to_date():
    page = (ROOT / "docs/functions.md").read_text("utf-8")
    written_by = "gradcli functions --format markdown --output docs/functions.md"
    assert page == invoke("functions", "--format", "markdown").stdout, written_by
