"""What became of cases, counted and put together."""

from gradcli.suites.cases import Place
from gradcli.suites.results import Outcome, Row, Tally, joined


def rows(*outcomes):
    return [
        Row(f"line {line}", Place("f", line), outcome, body=(f"{line}\n",))
        for line, outcome in enumerate(outcomes, 1)
    ]


def test_neighbours_that_ended_alike_become_one_row():
    passed, wrong, skipped = Outcome.PASSED, Outcome.WRONG, Outcome.SKIPPED
    given = rows(passed, passed, skipped, wrong, wrong, passed)
    found = joined(given)
    assert [(row.outcome, row.cases, row.body) for row in found] == [
        (passed, 2, ("1\n2\n",)),
        (skipped, 1, ("3\n",)),
        (wrong, 1, ("4\n",)),
        (wrong, 1, ("5\n",)),
        (passed, 1, ("6\n",)),
    ]
    apart, together = Tally(), Tally()
    for row in given:
        apart.add(row.outcome, row.cases)
    for row in found:
        together.add(row.outcome, row.cases)
    assert str(apart) == str(together) == "6 cases: 2 wrong, 3 passed, 1 skipped"
