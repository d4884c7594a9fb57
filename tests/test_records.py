"""Our named tuples behave as those of `typing`, apart from how fast their classes are made."""

from __future__ import annotations

import copy
import pickle
import timeit
import typing

import pytest

from gradcli import records


class Ours(records.NamedTuple):
    """A place."""

    name: str
    row: int
    column: int = 7

    @property
    def area(self) -> int:
        return self.row * self.column

    def __str__(self) -> str:
        return f"{self.name}@{self.row}"


class Theirs(typing.NamedTuple):
    """A place."""

    name: str
    row: int
    column: int = 7

    @property
    def area(self) -> int:
        return self.row * self.column

    def __str__(self) -> str:
        return f"{self.name}@{self.row}"


class Empty(records.NamedTuple):
    pass


each = pytest.mark.parametrize("place", [Ours, Theirs])


@each
def test_fields(place):
    made = place("a", row=2)
    assert made == ("a", 2, 7)
    assert (made.name, made.row, made.column, made.area, str(made)) == ("a", 2, 7, 14, "a@2")
    assert repr(made) == f"{place.__name__}(name='a', row=2, column=7)"
    assert hash(made) == hash(("a", 2, 7))
    assert place._fields == ("name", "row", "column")
    assert place.__doc__ == "A place."


@each
def test_other_values(place):
    made = place("a", 2, 3)
    assert made._replace(row=5) == place("a", 5, 3)
    assert made._asdict() == {"name": "a", "row": 2, "column": 3}
    assert place._make(["a", 2, 3]) == made


@each
def test_patterns(place):
    match place("a", 2):
        case place(name, row, column=column):
            assert (name, row, column) == ("a", 2, 7)
        case _:
            pytest.fail("the pattern fits")


@each
def test_copies(place):
    made = place("a", 2, 3)
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(other) is place
        assert other == made


@each
def test_what_is_wrong(place):
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'row'"):
        place("a")
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'colour'"):
        place("a", 2, colour=3)
    with pytest.raises(AttributeError):
        place("a", 2).row = 3
    with pytest.raises(AttributeError):
        place("a", 2).colour = 3
    with pytest.raises((TypeError, ValueError)):
        place("a", 2)._replace(colour=3)


def test_no_fields():
    assert Empty() == ()
    assert repr(Empty()) == "Empty()"


def definition(base: type) -> typing.Callable[[], object]:
    def define() -> type:
        class Step(base):
            name: str
            row: int | None
            column: tuple[int, ...]

        return Step

    return define


def test_classes_are_made_faster():
    ours, theirs = (
        min(timeit.repeat(definition(module.NamedTuple), number=50)) for module in (records, typing)
    )
    assert ours < theirs / 2
