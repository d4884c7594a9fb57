"""Visits of a program by the checker: at inputs of the same shapes, a later one finds a graph that is there.

A run that looks at no value goes the same way whatever its inputs are. The graph of such a run serves again:
its nodes get the values at the new inputs, for a quarter of what it takes to record them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

from gradcli.autodiff.nodes import shape_of
from gradcli.autodiff.tape import Steps
from gradcli.checking.program_subject import ProgramSubject, Settings
from gradcli.errors import GradcliError
from gradcli.program import Program
from gradcli.structures import float_shapes

Key: TypeAlias = tuple[Any, ...]
_MOST_KEPT = 8  # subjects of a program
_MOST_ENTRIES = 1 << 17  # of all nodes: more take room, and longer to compute than to record


class Met(Enum):
    """What is known of a program at inputs of some shapes before there is a graph to be kept."""

    NEVER = "never"
    ONCE = "once"
    UNSTEADY = "unsteady"  # its runs may go different ways, or their graphs are not worth being kept


class Visit:
    """One check of a program at a point, whose `subject` may be that of an earlier check.

    The second visit at inputs of the same shapes watches its run; the third finds the graph. Each takes away
    what it finds until it leaves, so that no two checks ever share a graph.
    """

    def __init__(self, program: Program, inputs: Mapping[str, Any], settings: Settings) -> None:
        self._visits = program.visits
        self._key = _key(inputs, settings)
        self._met = Met.UNSTEADY if self._key is None else self._visits.get(self._key, Met.NEVER)
        if isinstance(self._met, ProgramSubject):
            found = self._visits.pop(self._key, None)
            if found is not None and _is_moved(found, inputs):
                self.subject: ProgramSubject = found
                return
            self._met = Met.UNSTEADY
        graph = Steps() if self._met is Met.ONCE else None
        self.subject = ProgramSubject(program, inputs, settings, graph, unrolled=False)

    def leave(self) -> None:
        """The check is done, and needs its subject no more."""
        if self._met is Met.UNSTEADY:
            return
        if len(self._visits) >= _MOST_KEPT:
            self._visits.clear()
        is_first = self._met is Met.NEVER and _is_worth_watching(self.subject)
        left = self.subject if self.subject.is_steady else Met.ONCE if is_first else Met.UNSTEADY
        self._visits[self._key] = left


def _key(inputs: Mapping[str, Any], settings: Settings) -> Key | None:
    """What visits must have in common; None where inputs are structures or no floats, or of second order."""
    shapes = float_shapes(inputs.values())
    return None if shapes is None or settings.order != 1 else (settings, *inputs, *shapes)


def _is_moved(subject: ProgramSubject, inputs: Mapping[str, Any]) -> bool:
    """Whether the subject has moved to the inputs; where an operation fails there, a new run explains it."""
    try:
        subject.move_to(inputs)
    except (GradcliError, ArithmeticError, ValueError):
        return False
    return True


def _is_worth_watching(subject: ProgramSubject) -> bool:
    """Whether a graph like this one is small, and has no loops that replays run again."""
    graph = subject.graph
    return not graph.loops and sum(1 + math.prod(shape_of(node)) for node in graph.nodes) <= _MOST_ENTRIES
