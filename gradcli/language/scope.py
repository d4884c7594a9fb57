"""The frame of a function while it is being lowered: which slot holds what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.language.code import UNBOUND, Block, Instruction, Layout


class Scope:
    """Slots of one frame; temporaries are used again once they have been read, so values do not linger."""

    def __init__(self, names: Iterable[str], parent: Scope | None = None) -> None:
        self.parent = parent
        self.template: list[Any] = []
        self.variables: dict[str, int] = {name: self._slot(UNBOUND) for name in names}
        self.definite: set[str] = set()  # variables that have a value whatever way was taken
        self.inner: list[dict[str, int]] = []  # names of the comprehensions around
        self.block: Block = []
        self._constants: dict[Any, int] = {}
        self._free: list[int] = []
        self._temporaries: set[int] = set()
        self._trail: list[str] = []  # what `definite` holds, in the order of the text
        self._marks: list[int] = [0]  # where on the trail each block around begins

    def _slot(self, value: Any) -> int:
        self.template.append(value)
        return len(self.template) - 1

    @property
    def layout(self) -> Layout:
        """What the slots are for."""
        return Layout(len(self.variables), self.template)

    def emit(self, instruction: Instruction) -> None:
        """Add an instruction to the block being written."""
        self.block.append(instruction)

    def constant(self, value: Any, key: Any = None) -> int:
        """The slot of a constant; equal constants share one when they have a key."""
        if key is None:
            return self._slot(value)
        key = (type(value), key)
        if key not in self._constants:
            self._constants[key] = self._slot(value)
        return self._constants[key]

    def temporary(self) -> int:
        """A slot for a value that is read once."""
        if self._free:
            return self._free.pop()
        slot = self._slot(UNBOUND)
        self._temporaries.add(slot)
        return slot

    def reserved(self) -> int:
        """A slot for a value that is read any number of times, such as a name of a comprehension."""
        return self._slot(UNBOUND)

    def release(self, *slots: int) -> None:
        """Give temporaries back after their instruction has been emitted; other slots are left alone."""
        for slot in slots:
            if slot in self._temporaries and slot not in self._free:
                self._free.append(slot)

    def assign(self, names: Iterable[str]) -> None:
        """Note that variables have a value from here to the end of the block, whatever way was taken."""
        for name in names:
            if name not in self.definite:
                self.definite.add(name)
                self._trail.append(name)

    @property
    def assigned(self) -> list[str]:
        """The variables that surely got their first value in the block being written."""
        return self._trail[self._marks[-1] :]

    @contextmanager
    def writing(self, block: Block) -> Iterator[Block]:
        """Write into another block for a while; what is assigned there is not certain to be assigned."""
        outer, self.block = self.block, block
        self._marks.append(len(self._trail))
        try:
            yield block
        finally:
            self.block = outer
            self.definite.difference_update(self.assigned)
            del self._trail[self._marks.pop() :]

    def find(self, name: str) -> int | None:
        """The slot of a name in this frame."""
        for names in reversed(self.inner):
            if name in names:
                return names[name]
        return self.variables.get(name)
