"""Claims that go through what the program stops on purpose."""

from __future__ import annotations

from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node
from gradcli.autodiff.primitive import Operand, Primitive, Static
from gradcli.checking.program_subject import ProgramSubject
from gradcli.checking.records import Diagnosis
from gradcli.checking.sightings import Sighting
from gradcli.primitives.control import detach


class UnstoppedGraph(Graph):
    """A graph that takes no notice of `detach` and `no_grad`."""

    __slots__ = ()
    defers = sweeps = False
    no_grad = property(lambda graph: 0, lambda graph, depth: None)

    def record(self, primitive: Primitive, operands: tuple[Operand, ...], static: Static) -> Operand:
        """Record a primitive; what is detached is what it was."""
        if primitive is detach and isinstance(operands[0], Node):
            return operands[0]
        return super().record(primitive, operands, static)


def through_all_stops(here: Sighting) -> Diagnosis | None:
    """Whether the claim is the derivative of the program without its stops."""
    subject: ProgramSubject = here.subject
    if not subject.stopped:
        return None
    whole = ProgramSubject(subject.program, subject.given, subject.settings, UnstoppedGraph())
    right = whole.jacobian()
    if right.shape != here.right.shape or not here._replace(right=right).agrees():
        return None
    what = ", ".join(each.what for each in subject.stopped)
    text = f"the claim goes through {what}, where the program stops derivatives"
    return Diagnosis("detach", text, subject.stopped[0].span)
