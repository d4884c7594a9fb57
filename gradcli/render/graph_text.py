"""The words in which every format describes the nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.render.numbers import brief, shape_text
from gradcli.render.text import escape

if TYPE_CHECKING:
    from gradcli.inspection.graph import Group, Memory, Vertex

_LONGEST = 40  # characters of a node's text


def title(vertex: Vertex) -> str:
    """The node's text in the program, shortened, after the names of the variables that hold it."""
    text = escape(vertex.text)
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 + 3 :]}"
    return " = ".join([*map(escape, vertex.names), shown])


def operation(vertex: Vertex) -> str:
    """What made the node: `MulBackward (multiply)`, the primitive alone where nothing passes, a leaf."""
    if vertex.is_leaf:
        return "leaf"
    return f"{vertex.grad_fn} ({vertex.primitive})" if vertex.grad_fn else vertex.primitive


def operands(item: Vertex | Group) -> str:
    """What the node was made from: the numbers of nodes, and constants."""
    return ", ".join(f"#{each}" if isinstance(each, int) else each for each in item.operands)


def value(vertex: Vertex, precision: int | None) -> str:
    """The node's value in few words."""
    return escape(brief(vertex.value, precision))


def gradient(vertex: Vertex, precision: int | None) -> str:
    """The gradient by the node; nothing where none was taken."""
    return "" if vertex.gradient is None else brief(vertex.gradient, precision)


def shape(vertex: Vertex) -> str:
    """The node's shape, `2×3`; nothing for a number."""
    return shape_text(vertex.value) if vertex.shape else ""


def saved(vertex: Vertex) -> str:
    """The values that are kept for the reverse pass, and their bytes: `#0, result: 64 B`."""
    if not vertex.saved:
        return ""
    names = (
        "indices" if each.node is None else "result" if each.node == vertex.index else f"#{each.node}"
        for each in vertex.saved
    )
    return f"{', '.join(names)}: {size(sum(each.bytes for each in vertex.saved))}"


def remarks(vertex: Vertex) -> list[str]:
    """What is special about the node: output, decisions taken on it, why no derivative passes."""
    outputs = [f"output {name}" if name != "result" else "result" for name in vertex.outputs]
    decisions = [f"decides: {each}" for each in vertex.guards[:1]]
    states = [vertex.state] if vertex.state and not (decisions and vertex.state == "decides") else []
    return [*outputs, *decisions, *states]


def folded(group: Group) -> str:
    """What a group stands for."""
    fold = group.fold
    rounds = f"{fold.rounds} rounds, " if fold.rounds > 1 else ""
    return f"{rounds}{fold.count} nodes folded"


def memory(found: Memory) -> str:
    """The bytes that the modes need, in a sentence."""
    return (
        f"values {size(found.values)}; saved for reverse mode {size(found.saved)}; "
        f"held by forward mode at most {size(found.forward)}"
    )


def size(count: int) -> str:
    """Bytes in the unit that suits them."""
    amount, units = float(count), ("B", "kB", "MB", "GB", "TB")
    at = 0
    while amount >= 1000 and at < len(units) - 1:
        amount, at = amount / 1000, at + 1
    return f"{amount:.3g} {units[at]}"
