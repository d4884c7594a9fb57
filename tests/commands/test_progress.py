"""The progress bar: after a second, and on a terminal only."""

import io

from gradcli.commands import progress


def terminal(monkeypatch):
    """Standard error as a terminal; by hand, for pytest puts its own in place between fixtures and tests."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_work_that_is_quick_shows_nothing(monkeypatch):
    stream = terminal(monkeypatch)
    with progress.progress("checking", quiet=False) as bar:
        bar(0.5)
    assert stream.getvalue() == ""


def test_parts_of_long_work_move_one_bar(monkeypatch):
    stream = terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with progress.progress("checking", quiet=False) as bar:
        bar.part(2, 4)(0.5)
    shown = stream.getvalue()
    assert "checking" in shown
    assert "62%" in shown


def test_nobody_is_shown_a_bar_who_is_no_terminal_or_wants_quiet(monkeypatch):
    stream = terminal(monkeypatch)
    with progress.progress("checking", quiet=True) as bar:
        assert bar is None
    monkeypatch.setattr(stream, "isatty", lambda: False)
    with progress.progress("checking", quiet=False) as bar:
        assert bar is None
