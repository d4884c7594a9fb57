"""A recorded run: the program's outputs and graph, and every derivative that can be had from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import derivatives, nonfinite
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph
from gradcli.autodiff.nodes import Node, shape_of, value_of, zeros
from gradcli.errors import InputError, UsageError, nearest
from gradcli.language.source import Source
from gradcli.notes import gradient_note, leading_to, value_note
from gradcli.structures import as_input, leaves, rebuild

VARIABLES_TOO = "--wrt may name a variable of the program"


class Recording:
    """One run of a program, recorded.

    `nodes` holds the outputs' operands by name (`""` for a single one, `"0"`, `"1"`, ... for several
    without names); `inputs` and `wrt_nodes` hold structures of nodes by name, `variables` the final values
    of the program's variables. The graph can be walked any number of times.
    """

    def __init__(
        self,
        source: Source,
        graph: Graph,
        inputs: Mapping[str, Any],
        nodes: Mapping[str, Any],
        variables: Mapping[str, Any],
        wrt: Mapping[str, Any],
    ) -> None:
        self.source = source
        self.graph = graph
        self.inputs = inputs
        self.nodes = nodes
        self.variables = variables
        self.wrt_nodes = wrt
        self.retake: Callable[[], Recording] | None = None
        self._gradients: Sequence[Any] = ()  # the last ones, for notes
        self._used: set[str] = set()  # names by which a derivative is not 0

    def unrolled(self) -> Recording:
        """The same run with a node for every operation, for what must look into its loops."""
        if self.retake is None:
            return self
        retaken = self.retake()
        self.retake = lambda: retaken
        return retaken

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names that the program is differentiated by."""
        return tuple(self.wrt_nodes)

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs' plain values by name."""
        if self.graph.has_deferred and len(self.nodes) > 1:
            from gradcli.autodiff.regions.expressions import evaluate

            evaluate(self.nodes.values())  # together
        return {name: value_of(node) for name, node in self.nodes.items()}

    @property
    def value(self) -> Any:
        """The program's value; a mapping by name where there are several outputs."""
        return self.outputs[""] if "" in self.nodes else self.outputs

    @property
    def wrt_leaves(self) -> list[Node]:
        """The nodes of `wrt`, flat."""
        return [leaf for each in self.wrt_nodes.values() for _, leaf in leaves(each)]

    def _structured(self, flat: Sequence[Any]) -> dict[str, Any]:
        """Flat results, one for each leaf of `wrt`, in the inputs' structure."""
        remaining = iter(flat)
        return {name: rebuild(each, lambda leaf: next(remaining)) for name, each in self.wrt_nodes.items()}

    def _scalar(self, what: str) -> Any:
        """The single scalar output, or the error that says what to do instead."""
        if "" not in self.nodes:
            raise UsageError(
                f"the program has {len(self.nodes)} outputs; {what} needs one number",
                source=self.source,
                help="`jacobian` takes all outputs, `vjp --v NAME=V` weighs them",
            )
        output = self.nodes[""]
        if shape_of(output):
            raise UsageError(
                f"the program's value has shape {shape_of(output)}; {what} needs one number",
                source=self.source,
                help="`vjp --v V` weighs the entries (`--v ones` sums them), `jacobian` gives all",
            )
        return output

    def grad(self) -> dict[str, Any]:
        """The gradient of a scalar output, by input name, each of its input's shape and structure.

        Raises `UsageError` when the output is not one number.
        """
        return self._vjp([(self._scalar("a gradient"), 1.0)], lambda unrolled: unrolled.grad())

    def differentiate(self) -> Recording:
        """The gradient of a scalar output as a recording of its own, to be differentiated again.

        Its outputs are named after the inputs (the leaves of structured ones); with one input there is one
        output, so that `record(x).differentiate().differentiate().grad()` is a third derivative.
        """
        output = self._scalar("a gradient")
        if self.retake is not None:
            return self.unrolled().differentiate()
        named = [path for name, each in self.wrt_nodes.items() for path, _ in leaves(each, name)]
        with walking():
            nodes = derivatives.gradient_nodes(self.graph, output, self.wrt_leaves)
        outputs = {"": nodes[0]} if len(named) == 1 else dict(zip(named, nodes, strict=True))
        return Recording(self.source, self.graph, self.inputs, outputs, self.variables, self.wrt_nodes)

    def vjp(self, v: Any) -> dict[str, Any]:
        """The vector-Jacobian product vᵀJ by input name.

        `v` has the output's shape, or is `"ones"`; several take a mapping of names to such (others: 0).
        """
        seeds = [(self.nodes[name], each) for name, each in self._cotangents(v).items()]
        return self._vjp(seeds, lambda unrolled: unrolled.vjp(v))

    def _vjp(
        self, seeds: list[tuple[Any, Any]], again: Callable[[Recording], dict[str, Any]]
    ) -> dict[str, Any]:
        with walking():
            flat = derivatives.vjp(self.graph, seeds, self.wrt_leaves)
        self._gradients = flat
        if self.retake is not None and any(map(nonfinite.has_nan, flat)):
            return again(self.unrolled())  # which knows where 0 times infinity is 0
        found = self._structured(flat)
        self._used = {name for name, each in found.items() if type(each) is float and each != 0.0}
        return found

    def _cotangents(self, v: Any) -> dict[str, Any]:
        if isinstance(v, Mapping):
            given = {self._output_name(name): each for name, each in v.items()}
        elif len(self.nodes) == 1 or isinstance(v, str):
            given = dict.fromkeys(self.nodes, v)
        else:
            names = ", ".join(f"`{name}`" for name in self.nodes)
            raise UsageError(
                f"the program has {len(self.nodes)} outputs: `v` must name the one it belongs to",
                help=f"write --v NAME=V; the outputs are {names}",
            )
        return {name: self._cotangent(name, each) for name, each in given.items()}

    def _output_name(self, name: str) -> str:
        if name in self.nodes:
            return name
        names = list(self.nodes)
        if name.isdigit() and int(name) < len(names):
            return names[int(name)]
        guess = nearest(name, names)
        raise UsageError(
            f"the program has no output `{name}`", help=f"did you mean `{guess}`?" if guess else None
        )

    def _cotangent(self, name: str, v: Any) -> Any:
        shape = shape_of(self.nodes[name])
        if isinstance(v, str):
            if v != "ones":
                raise InputError(f"`v` must be an array or `ones`, not `{v}`")
            return np.ones(shape) if shape else 1.0
        return _fitting(as_input(v, "v"), shape, "v", f"the output `{name}`" if name else "the output")

    def jvp(self, tangents: Mapping[str, Any]) -> Any:
        """The Jacobian-vector product J u by forward mode; inputs that `tangents` leaves out stand still.

        The result has the output's shape; for several outputs it is a mapping by name.
        """
        for name in tangents:
            if name not in self.wrt_nodes:
                guess = nearest(name, self.wrt_nodes)
                hint = f"did you mean `{guess}`?" if guess else None
                raise UsageError(f"there is no input `{name}` to move", help=hint)
        moving: dict[Node, Any] = {}
        for name, tangent in tangents.items():
            given = dict(leaves(as_input(tangent, name), name))
            for path, node in leaves(self.wrt_nodes[name], name):
                if path in given:
                    moving[node] = _fitting(
                        given[path], shape_of(node), f"the tangent of `{path}`", f"`{path}`"
                    )
        with walking():
            pushed = derivatives.jvp(self.graph, moving, list(self.nodes.values()))
        if self.retake is not None and any(map(nonfinite.has_nan, pushed)):
            return self.unrolled().jvp(tangents)
        named = dict(zip(self.nodes, pushed, strict=True))
        return named.get("", named)

    def jacobian(self, mode: str = "auto", sparse: bool = False) -> dict[str, Any]:
        """The Jacobian by input name, of shape output.shape + input.shape.

        Where there are several outputs, it is by output name first. `mode` is `reverse`, `forward` or `auto`.
        With `sparse`, each is a `SparseMatrix` of the entries that can be other than zero.
        """
        derive: Callable[..., list[Any]] = derivatives.sparse_jacobian if sparse else derivatives.jacobian
        with walking():
            found = {
                name: self._structured(derive(self.graph, node, self.wrt_leaves, mode))
                for name, node in self.nodes.items()
            }
        if self.retake is not None and any(map(_has_nan, _flat(found))):
            return self.unrolled().jacobian(mode, sparse)
        return found.get("", found)

    def hessian(self, sparse: bool = False) -> dict[str, dict[str, Any]]:
        """The Hessian of a scalar output in blocks by pairs of input names, of shape a.shape + b.shape.

        With `sparse`, each is a `SparseMatrix` of the entries that can be other than zero.
        """
        output = self._scalar("a Hessian")
        derive: Callable[..., list[list[Any]]] = derivatives.sparse_hessian if sparse else derivatives.hessian
        with walking():
            blocks = derive(self.graph, output, self.wrt_leaves)
        if self.retake is not None and any(_has_nan(block) for row in blocks for block in row):
            return self.unrolled().hessian(sparse)
        return self._structured([self._structured(row) for row in blocks])

    def hessian_vector(self, v: Mapping[str, Any]) -> dict[str, Any]:
        """The product H v by input name; inputs that `v` leaves out have zeros."""
        output = self._scalar("a Hessian")
        vectors = []
        for name, structure in self.wrt_nodes.items():
            given = dict(leaves(as_input(v[name], name), name)) if name in v else {}
            for path, node in leaves(structure, name):
                value = given.get(path, zeros(shape_of(node)))
                vectors.append(_fitting(value, shape_of(node), f"the vector of `{path}`", f"`{path}`"))
        with walking():
            flat = derivatives.hessian_vector(self.graph, output, self.wrt_leaves, vectors)
        if self.retake is not None and any(map(nonfinite.has_nan, flat)):
            return self.unrolled().hessian_vector(v)
        return self._structured(flat)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the results should know: where NaN and infinities arose, inputs without effect."""
        idle = [f"the result does not depend on `{name}`: its derivative is 0" for name in self._unused()]
        if not self.wrt_nodes:
            idle = [f"there is nothing to differentiate by; {VARIABLES_TOO}"]
        return tuple(note for note in (*self.value_notes, self._gradient_note(), *idle) if note)

    @property
    def value_notes(self) -> tuple[str, ...]:
        """Where the numbers of the outputs that are not finite arose."""
        if self.retake is not None and not all(map(nonfinite.is_finite, self.outputs.values())):
            return self.unrolled().value_notes
        found = (value_note(name, node, self.source) for name, node in self.nodes.items())
        return tuple(note for note in found if note)

    def _gradient_note(self) -> str | None:
        if all(map(nonfinite.is_finite, self._gradients)):
            return None
        if self.retake is not None:
            return self.unrolled()._gradient_note()
        if "" not in self.nodes or shape_of(self.nodes[""]):
            return None
        return gradient_note(self.graph, self.nodes[""], self.wrt_leaves, self.source)

    def _unused(self) -> list[str]:
        """The names of `wrt` from which no path leads to an output."""
        if self._used.issuperset(self.wrt_nodes):
            return []
        reached = leading_to(self.graph, self.nodes.values())
        return [
            name
            for name, each in self.wrt_nodes.items()
            if not any(leaf.index in reached for _, leaf in leaves(each))
        ]


def _flat(structures: Mapping[str, Any]) -> list[Any]:
    return [leaf for each in structures.values() for _, leaf in leaves(each)]


def _has_nan(block: Any) -> bool:
    """Whether a block of a Jacobian holds a NaN; a sparse one has `values`."""
    return nonfinite.has_nan(getattr(block, "values", block))


def _fitting(value: Any, shape: tuple[int, ...], what: str, whose: str) -> Any:
    """A vector as an array of the shape it must have; one number serves for a single entry only."""
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        count = math.prod(shape)
        help = f"give one number for each entry, {count} in all" if shape else "give one number"
        raise InputError(f"{what} has shape {array.shape}, but {whose} has shape {shape}", help=help)
    return array if shape else float(array)
