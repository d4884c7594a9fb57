"""Reports for machines are what their readers accept; reports for people show what is wrong first."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from jsonschema import Draft4Validator

from tests.command_line import invoke

SCHEMAS = Path(__file__).parents[1] / "suites/schemas"
JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
SARIF = Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text("utf-8")))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Everything that can go wrong, with names and texts that mean something to XML, Markdown and terminals.
SUITE = '''
[[case]]
name = "right"
program = "2*dot(x, x)"
inputs.x = [0, 1, 2]

[[case]]
name = "<wrong> & \\"quoted\\" | 100%, a:b"
program = """
y = x*x
2*sum(y)
"""
inputs.x = "1,2"
claim.x = "2*x"

[[case]]
name = "control \\u0007\\u202e"
program = "x[5] # \\u001b[31m"
inputs.x = [1]

[[case]]
name = "kink"
program = "abs(x)"
inputs.x = 0

[[case]]
name = "endless"
program = "while True { x = x }; x"
inputs.x = 1

[[case]]
name = "later"
program = "x"
skip = "not <yet>"

[[case]]
name = "expectation"
program = "x*x"
inputs.x = 3
expect.value = 8

[[case]]
name = "unknown key"
progam = "x"
'''


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "all of it.grad.toml").write_text(SUITE)
    (tmp_path / "fine.txt").write_text("x*x | x=1 | => 1\n")
    return tmp_path


def report(format, *files):
    files = files or ("all of it.grad.toml", "fine.txt")
    done = invoke("check", *files, "--format", format, "--max-steps", "1000")
    assert done.status in (0, 1, 5), done.stderr
    return done.stdout


def test_junit():
    text = report("junit")
    JUNIT.validate(text)
    first, second = ElementTree.fromstring(text)
    assert first.get("name") == "all of it.grad.toml"
    counts = {name: first.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "8", "failures": "3", "errors": "3", "skipped": "1"}
    outcomes = [[element.tag for element in case] for case in first]
    assert outcomes == [
        [],
        ["failure"],
        ["error"],
        ["failure"],
        ["error"],
        ["skipped"],
        ["failure"],
        ["error"],
    ]
    wrong = first[1]
    assert wrong.get("name") == '<wrong> & "quoted" | 100%, a:b'
    assert wrong[0].get("type") == "WRONG"
    assert "2*sum(y)" in wrong[0].text
    assert "replay: gradcli check" in wrong[0].text
    assert first[2].get("name") == r"control \x07\u202e"
    assert first[5][0].get("message") == "not <yet>"
    assert second.get("failures") == "0"


def test_junit_of_nothing(folder):
    (folder / "empty.txt").write_text("")
    JUNIT.validate(report("junit", "empty.txt"))


def test_the_junit_schema_can_refuse():
    text = report("junit")
    assert not JUNIT.is_valid(text.replace("message=", "massage="))
    assert not JUNIT.is_valid(text.replace('tests="8"', ""))


def test_sarif():
    document = json.loads(report("sarif"))
    SARIF.validate(document)
    assert document["$schema"].endswith("/sarif-2.1.0-rtm.4.json")  # the one that it was validated by
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[each["ruleIndex"]] == each["ruleId"] for each in run["results"])
    found = [(each["ruleId"], each["level"]) for each in run["results"]]
    assert set(found[:2]) == {("WRONG", "error"), ("expectation", "error")}
    assert found[2:] == [("error", "error")] * 2 + [("limit", "error"), ("NONDIFFERENTIABLE", "warning")]
    place = next(each for each in run["results"] if each["ruleId"] == "limit")["locations"][0][
        "physicalLocation"
    ]
    assert place["artifactLocation"]["uri"] == "all%20of%20it.grad.toml"
    assert SUITE.splitlines()[place["region"]["startLine"] - 1].startswith(
        ('name = "endless', 'program = "while')
    )


def test_the_sarif_schema_can_refuse():
    document = json.loads(report("sarif"))
    for spoil in (
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0].update(level="bad"),
        lambda run: run["tool"]["driver"].update(nickname="grad"),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
    ):
        spoiled = copy.deepcopy(document)
        spoil(spoiled["runs"][0])
        assert not SARIF.is_valid(spoiled)


def test_fingerprints_outlive_moved_lines(folder):
    def fingerprints():
        return [each["partialFingerprints"] for each in json.loads(report("sarif"))["runs"][0]["results"]]

    before = fingerprints()
    (folder / "all of it.grad.toml").write_text("\n\n" + SUITE)
    assert fingerprints() == before


def test_github(folder, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    lines = report("github").splitlines()
    assert lines[-1] == "9 cases: 2 wrong, 2 error, 1 limit, 1 undecided, 2 passed, 1 skipped"
    wrong = next(line for line in lines if "WRONG" in line)
    assert wrong.startswith("::error file=all of it.grad.toml,line=8,title=gradcli%3A <wrong> & ")
    assert "100%25%2C a%3Ab::d/dx[0]: claimed 2" in wrong
    assert any(line.startswith("::warning file=all of it.grad.toml,line=23,") for line in lines)
    assert any("%0Adid you mean `program`?" in line for line in lines)
    summary = (folder / "summary.md").read_text()
    assert summary.startswith("### gradcli check\n")
    assert r"a:b` |" in summary


def test_github_shows_nine_annotations_and_a_count(folder):
    (folder / "many.txt").write_text("x | x=1 | => 2\n" * 20)
    lines = report("github", "many.txt").splitlines()
    assert len(lines) == 11
    assert lines[9] == "::error title=gradcli::11 more are not shown here"


def test_markdown_tables_hold_any_text():
    lines = report("markdown").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables[3:]} == {4}


class Page(HTMLParser):
    """The tags of a page, and what lies inside of marks."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.marked, self.open = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "mark":
            self.marked.append(data)


def test_html_needs_nothing_else():
    text = report("html")
    page = Page()
    page.feed(text)
    assert page.open == []
    assert "script" not in page.tags
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert page.tags.count("article") == 6
    assert "url(" not in text
    assert "&lt;wrong&gt; &amp; &quot;quoted&quot;" in text
    assert "abs(x)" in page.marked
    assert "x[5]" in page.marked


def test_html_shows_failures_first():
    text = report("html")
    assert text.index("<article") < text.index("3 cases: 2 passed, 1 skipped") < text.index("<td>right</td>")


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1200])
def test_html_in_a_browser(folder, width):
    """The page is as wide as its window, also on a phone, and everything in it has been laid out."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser is installed")
    measure = "document.title = [document.documentElement.scrollWidth, innerWidth, images()].join(' ')"
    images = "[...document.images].every(each => each.complete && each.naturalWidth > 0)"
    script = f"<script>onload = () => {{ const images = () => {images}; {measure} }}</script>"
    (folder / "page.html").write_text(report("html").replace("</body>", f"{script}</body>"))
    words = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900", "--dump-dom"]
    done = subprocess.run(
        [browser, *words, str(folder / "page.html")], capture_output=True, text=True, timeout=90
    )
    content, window, pictures = re.search(r"<title>(\d+) (\d+) (\w+)</title>", done.stdout).groups()
    assert pictures == "true"
    assert int(content) <= int(window)
