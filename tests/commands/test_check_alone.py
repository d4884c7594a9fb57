"""`gradcli check PROGRAM` in the formats of suites."""

import json
from xml.etree import ElementTree

import pytest

from tests.command_line import invoke

WRONG = ("check", "2*dot(x,x)", "--claim", "x=2*x", "--x", "1,2")
RIGHT = ("check", "2*dot(x,x)", "--claim", "x=4*x", "--x", "1,2")
KINK = ("check", "abs(x)", "--x", "0")


@pytest.mark.parametrize(
    ("words", "status", "failures"),
    [(WRONG, 1, 1), (RIGHT, 0, 0), (KINK, 3, 1), ((*KINK, "--allow", "nondifferentiable"), 0, 0)],
)
def test_junit(words, status, failures):
    done = invoke(*words, "--format", "junit")
    (suite,) = ElementTree.fromstring(done.stdout)
    assert done.status == status
    assert (suite.get("tests"), suite.get("failures")) == ("1", str(failures))
    assert suite[0].get("name") == words[1]
    assert len(suite[0]) == failures


def test_annotations_name_a_file_where_there_is_one(tmp_path):
    assert invoke(*WRONG, "--format", "github").stdout.startswith("::error title=gradcli%3A 2*dot(x%2Cx)::")
    path = tmp_path / "square.grad"
    path.write_text("2*dot(x,x)")
    done = invoke("check", str(path), *WRONG[2:], "--format", "github")
    assert done.stdout.startswith(f"::error file={path},line=1,")
    assert invoke(*RIGHT, "--format", "github").stdout == "1 case: 1 passed\n"


def test_sarif():
    done = invoke(*WRONG, "--format", "sarif")
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert (done.status, result["ruleId"], result["locations"]) == (1, "WRONG", [])
    assert "a missing factor of 2" in result["message"]["text"]


def test_long_programs_have_short_names():
    done = invoke("check", "y = x\n" + "y + " * 40 + "y", "--x", "1", "--format", "junit")
    assert ElementTree.fromstring(done.stdout)[0][0].get("name") == f"y = x {'y + ' * 13}y…"
