"""The chapter on messages has an entry for every message in the source, and nothing else."""

from __future__ import annotations

import ast

from tests.documents import ROOT
from tests.messages import HOLE, Function, chapter, hints, raised, texts

# Places that pass on a message that is written elsewhere.
PASSED_ON = {
    "cli": 2,  # the message of a time limit, and what click found wrong
    "language.strict_json": 1,  # a message of the data's own reader, with its place
    "suites.documents": 1,  # the same
}


def test_every_message_is_found_in_the_source():
    unknown = [place for place in raised() if not place.messages]
    counts = {place.module: sum(each.module == place.module for each in unknown) for place in unknown}
    assert counts == PASSED_ON, unknown


def test_the_chapter_is_complete():
    page = (ROOT / "docs/messages.md").read_text("utf-8")
    assert page == chapter(), "python -m tests.docs_refresh writes it"


def test_hundreds_of_messages_are_told_apart():
    listed = {each.text for place in raised() for each in place.messages}
    assert len(listed) > 200
    assert "`…` closes nothing" in listed
    assert "`:=` is not part of the language" in {each.text for each in hints()}


def test_texts_are_followed():
    module = ast.parse("def f(x):\n    message = 'a ' + ('b' if x else f'{x} c')\n    raise E(message)\n")
    inside = Function("status", module.body[0])
    assert texts(ast.parse("message", mode="eval").body, inside) == {"a b", f"a {HOLE} c"}
