"""Pass one: programs, options and values told apart by form alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.commands.scan import Given, looks_like_option, scan, words_of
from gradcli.errors import InputError, UsageError

FLAGS = {"quiet", "help", "verbose"}


def names():
    return st.from_regex(r"[A-Za-z_α-ω][A-Za-z0-9_]{0,5}", fullmatch=True).filter(
        lambda name: name not in FLAGS
    )


@pytest.mark.parametrize(
    ("words", "programs", "options"),
    [
        (["x*y", "--x", "1", "--y=2"], ["x*y"], [("x", "1"), ("y", "2")]),
        (["--x", "-1,2", "x"], ["x"], [("x", "-1,2")]),
        (["-x**2", "--x=-3"], ["-x**2"], [("x", "-3")]),
        (["--x**2", "--x", "3"], ["--x**2"], [("x", "3")]),
        (["-", "-q", "-f", "a.grad"], ["-"], [("quiet", None), ("file", "a.grad")]),
        (["--x", "1", "--", "--x", "-q"], ["--x", "-q"], [("x", "1")]),
        (["a", "--x==1"], ["a"], [("x", "=1")]),
        (["a", "--x", "--1"], ["a"], [("x", "--1")]),
        (["a", "--max-steps", "5", "--verbose"], ["a"], [("max-steps", "5"), ("verbose", None)]),
        (["a", "--x="], ["a"], [("x", "")]),
        (["-f*2", "--\ufb01", "1"], ["-f*2"], [("fi", "1")]),
    ],
)
def test_words_are_told_apart(words, programs, options):
    found = scan(words, FLAGS)
    assert list(found.programs) == programs
    assert list(found.options) == options


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x", "--x"], "`--x` needs a value: the command line ends"),
        (["x", "--x", "--y", "1"], "`--x` needs a value: found the option `--y`"),
        (["x", "--x", "-q"], "`--x` needs a value: found the option `-q`"),
        (["x", "--quiet=1"], "`--quiet` takes no value, and `1` was given"),
    ],
)
def test_options_and_their_values(words, message):
    with pytest.raises(UsageError) as caught:
        scan(words, FLAGS)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "words", [["x", "a\udcffb"], ["--", "a\udcffb"], ["--x", "a\udcffb"], ["--x=a\udcff"]]
)
def test_bytes_that_are_not_utf8(words):
    with pytest.raises(InputError, match=r"byte 0xff at offset [15]"):
        scan(words, FLAGS)


@given(
    programs=st.lists(
        st.text(st.characters(codec="utf-8")).filter(
            lambda text: not looks_like_option(text) and text != "--"
        )
    ),
    given_options=st.lists(st.tuples(names(), st.text(st.characters(codec="utf-8")), st.booleans())),
    random=st.randoms(use_true_random=False),
)
def test_every_binding_survives_any_order(programs, given_options, random):
    """Programs and options in any order, values that begin with dashes, `=` or a space between."""
    units = [[program] for program in programs]
    for name, value, joined in given_options:
        joined = joined or looks_like_option(value)
        units.append([f"--{name}={value}"] if joined else [f"--{name}", value])
    order = list(range(len(units)))
    random.shuffle(order)
    found = scan([word for at in order for word in units[at]], FLAGS)
    assert found.programs == tuple(programs[at] for at in order if at < len(programs))
    shuffled = [given_options[at - len(programs)] for at in order if at >= len(programs)]
    assert found.options == tuple((name, value) for name, value, _ in shuffled)


@given(st.lists(st.tuples(names(), st.text(st.characters(codec="utf-8")))))
def test_words_of_options_are_read_back(options):
    options = tuple(Given(*option) for option in options)
    assert scan(words_of(options), FLAGS).options == options
