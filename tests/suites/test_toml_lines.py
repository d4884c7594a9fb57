"""Lines of the keys of TOML documents, found beside the standard library's reader."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.suites.toml_lines import key_offsets

DOCUMENT = '''\
# comment with [brackets] and = signs
title = "a # b = [c]"
[defaults]
rtol = 1e-3
dates = 2024-01-01T00:00:00Z

[[case]]
name = 'x = 1' # comment
program = """
[not.a.table]
y = """
inputs.x = [ # comment
  1,
  [2, 3], ]
inputs."b c" = { d = 1, e = { f = [
  4] } }
[case.expect]
value = \'\'\'
'''  # the rest, with its quotes, below
DOCUMENT += "text'''\n[case.expect.grad]\nx.y = 1.5\n[[case]]\n[[case.more]]\na=1\n[[case.more]]\na = 2\n"


def lines():
    return {path: DOCUMENT.count("\n", 0, at) + 1 for path, at in key_offsets(DOCUMENT).items()}


def paths(value, path=()):
    """Every path that the document has."""
    if path:
        yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in entries:
        yield from paths(each, (*path, key))


def test_every_key_has_a_line():
    assert set(lines()) == set(paths(tomllib.loads(DOCUMENT)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("defaults",), 3),
        (("defaults", "rtol"), 4),
        (("case",), 7),
        (("case", 0), 7),
        (("case", 0, "name"), 8),
        (("case", 0, "program"), 9),
        (("case", 0, "inputs", "x"), 12),
        (("case", 0, "inputs", "x", 1), 14),
        (("case", 0, "inputs", "b c", "e", "f", 0), 16),
        (("case", 0, "expect", "value"), 18),
        (("case", 0, "expect", "grad"), 20),
        (("case", 0, "expect", "grad", "x", "y"), 21),
        (("case", 1), 22),
        (("case", 1, "more", 0, "a"), 24),
        (("case", 1, "more", 1, "a"), 26),
    ],
)
def test_lines(path, line):
    assert lines()[path] == line


COMMA = ", # c\n"
KEYS = st.text("ab", min_size=1, max_size=2)
VALUES = st.recursive(
    st.sampled_from(["1", '"#]"', "'='", "true"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[\n{COMMA.join(each)}\n]"),
        st.dictionaries(KEYS, inner, max_size=2).map(
            lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_random_documents(pairs):
    text = "".join(f"{key} = {value}\n" for key, value in pairs.items())
    assert set(key_offsets(text)) == set(paths(tomllib.loads(text)))
