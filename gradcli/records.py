"""`NamedTuple` as in `typing`, with classes that are made several times as fast.

`typing.NamedTuple` compiles every annotation, and a constructor for every class: that takes 0.06 ms a class,
and a process that prints one gradient defines a hundred. Here annotations stay text, and classes with equally
many fields share the code of their constructor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from _collections import _tuplegetter as field_getter
    from collections.abc import Iterable, Iterator
    from functools import cache
    from types import FunctionType
    from typing import Any

    class Record(tuple):
        """What all named tuples share."""

        __slots__ = ()
        _fields = ()

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Record:
            return cls(*values)

        def _replace(self, /, **changes: Any) -> Record:
            return type(self)(**(self._asdict() | changes))

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._pairs())})"

        def _pairs(self) -> Iterator[tuple[str, Any]]:
            return zip(self._fields, self, strict=True)

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)  # for copying and pickling

    @cache
    def constructor(count: int) -> FunctionType:
        """A `__new__` that takes so many fields, by whatever names."""
        names = [f"field_{number}" for number in range(count)]
        code = f"lambda _cls, {', '.join(names)}: new(_cls, ({''.join(f'{name}, ' for name in names)}))"
        return eval(code, {"__builtins__": {}, "new": tuple.__new__})

    class NamedTupleType(type):
        """Makes a class of named tuples from its annotations and defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            """The class; it has no metaclass, so that subclasses are ordinary ones."""
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = tuple(namespace[field] for field in fields if field in namespace)
            shared = constructor(len(fields))
            code = shared.__code__.replace(co_varnames=("_cls", *fields))
            new = FunctionType(code, shared.__globals__, "__new__", defaults)
            getters = {field: field_getter(number, None) for number, field in enumerate(fields)}
            own = {"__slots__": (), "__new__": new, "_fields": fields, "__match_args__": fields}
            return type(name, (Record,), namespace | getters | own)

    NamedTuple = type.__new__(NamedTupleType, "NamedTuple", (), {})
