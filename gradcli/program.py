"""Compiled programs: their values, their derivatives, and recorded runs; `gradcli.api` adds the rest.

>>> import gradcli
>>> gradcli.compile("2*dot(x, x)").grad({"x": [0, 1, 2, 3]})
{'x': array([ 0.,  4.,  8., 12.])}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from gradcli import limits
from gradcli.autodiff.derivatives import walking
from gradcli.autodiff.graph import Graph, ValueGraph
from gradcli.errors import InputError, UsageError, nearest
from gradcli.language.code import ProgramCode
from gradcli.language.formula import compile_formula
from gradcli.language.library import is_constant, is_known
from gradcli.language.lower import lower
from gradcli.language.names import Names, find_names
from gradcli.language.parse import parse
from gradcli.language.run import Machine, Result, outputs_of
from gradcli.language.source import Source
from gradcli.language.straight import gradient_at_numbers
from gradcli.language.tree import Module
from gradcli.loops import Loops
from gradcli.recording import Recording
from gradcli.repeats import Repeats
from gradcli.structures import as_input, has_floats, leaf_nodes, marked_leaves, owned, plain, rebuild, waiting

Inputs: TypeAlias = Mapping[str, Any]

_FRAMES_PER_LEVEL = 8  # of Python, for a level of the tree, while names are found and code is written
_NO_NAMES: frozenset[str] = frozenset()
_MOST_UNKNOWN_STEPS = 2_000  # of a run on unknown values: longer ones have loops, and plans as long


def compile(text: str, name: str = "<program>") -> Program:
    """Compile a program's text, as `gradcli.compile` does, for use inside of the package."""
    return Program(Source(text, name))


def check_apart(wrt: Sequence[str], const: Sequence[str]) -> None:
    """`UsageError` where a name is both differentiated by and held constant."""
    for name in wrt:
        if name in const:
            raise UsageError(f"`{name}` cannot be differentiated by (`wrt`) and held constant (`const`)")


class Program:
    """A compiled program.

    `inputs` are the names that need a value, in order of appearance; `optional` those that may be given:
    parameters with a default, and constants or functions of the library that the text uses as values.
    """

    inputs: tuple[str, ...]
    optional: tuple[str, ...]

    def __init__(self, source: Source) -> None:
        self.source = source
        self._code: dict[tuple[frozenset[str], frozenset[str]], ProgramCode] = {}
        self._loops = Loops()
        self._repeats = Repeats()
        self.visits: dict[Any, Any] = {}  # what the checker keeps from one check to the next
        formula = compile_formula(source.text)
        if formula is not None:
            self.inputs, self.optional = formula.code.inputs, formula.constants
            self._code[frozenset(self.inputs), _NO_NAMES] = formula.code
            return
        required, optional = self._classify()
        self.inputs = tuple(dict.fromkeys(required))
        self.optional = tuple(dict.fromkeys(n for n in optional if n not in required))
        self.lowered(frozenset(self.inputs))

    @cached_property
    def tree(self) -> Module:
        """The syntax tree."""
        return parse(self.source)

    @cached_property
    def _names(self) -> Names:
        with limits.room_for_recursion(_FRAMES_PER_LEVEL * limits.MAX_TREE_DEPTH):
            return find_names(self.tree, is_known)

    def _classify(self) -> tuple[list[str], list[str]]:
        entry = self._names.entry
        required = [p.name for p in entry.parameters if p.default is None] if entry else []
        optional = [p.name for p in entry.parameters if p.default is not None] if entry else []
        for use in self._names.uses:
            if use.role != "called":
                may_lack = is_constant(use.name) or (use.role == "passed" and is_known("", use.name))
                (optional if may_lack else required).append(use.name)
        return required, optional

    def lowered(self, given: frozenset[str], leaves: frozenset[str] = _NO_NAMES) -> ProgramCode:
        """The flat code for runs with the inputs that are given; constants in `leaves` are further inputs."""
        key = given, leaves
        if key not in self._code:
            with limits.room_for_recursion(_FRAMES_PER_LEVEL * limits.MAX_TREE_DEPTH):
                self._code[key] = lower(self.tree, self._names, given, self.source, leaves)
        return self._code[key]

    def value(self, inputs: Inputs | None = None, **settings: Any) -> Any:
        """The program's value at the inputs, computed without recording; a tuple for several outputs.

        `settings` are `seed`, `max_steps` and `max_elements`.
        """
        values = self._bound(inputs or {}, borrow=True)
        return owned(plain(self._run_plainly(values, settings).value), values.values())

    def evaluate(self, inputs: Inputs | None = None, **settings: Any) -> dict[str, Any]:
        """The outputs by name, as `Recording.outputs` has them, computed without recording."""
        values = self._bound(inputs or {}, borrow=True)
        outputs = outputs_of(self._run_plainly(values, settings), self.source)
        found = {name: plain(value) for name, value in outputs.items()}
        return owned(found, values.values())  # type: ignore[no-any-return]

    def _run_plainly(self, values: Mapping[str, Any], settings: Mapping[str, Any]) -> Result:
        """Run without recording; operations on large arrays wait all the same, to be evaluated together."""
        return self._run(ValueGraph(), rebuild(dict(values), waiting), self._loops, **settings)

    def record(
        self,
        inputs: Inputs | None = None,
        wrt: Sequence[str] | None = None,
        const: Sequence[str] = (),
        graph: Graph | None = None,
        unrolled: bool = False,
        **settings: Any,
    ) -> Recording:
        """Run the program and keep the graph, from which any number of derivatives can be taken.

        `wrt` names what to differentiate by, variables of the program included (default: every float input,
        and what the program marks by `requires_grad`); `const` freezes inputs. `graph` is an empty graph to
        record in, such as one of a kind of its own. A hot loop becomes one node of it, unless the graph is to
        be `unrolled`. `settings` are `seed`, `max_steps` and `max_elements`.
        """
        return self._record(self._bound(inputs or {}), wrt, const, graph, unrolled, **settings)

    def _record(
        self,
        values: Mapping[str, Any],
        wrt: Sequence[str] | None = None,
        const: Sequence[str] = (),
        graph: Graph | None = None,
        unrolled: bool = False,
        **settings: Any,
    ) -> Recording:
        """The same with inputs that are bound already."""
        self._check_names(values, const, "const")
        check_apart(wrt or (), const)
        variables = [name for name in wrt or () if name not in values]
        graph = Graph() if graph is None else graph
        loops = None if unrolled else self._loops
        nodes = {
            name: leaf_nodes(graph, value, name, self._is_active(name, wrt, const, bool(variables)))
            for name, value in values.items()
        }
        result = self._run(graph, nodes, loops, leaves=frozenset(variables), **settings)
        outputs = outputs_of(result, self.source)
        chosen = self._wrt(result, nodes, wrt, const)
        recording = Recording(self.source, graph, nodes, outputs, result.variables, chosen)
        if graph.loops:
            recording.retake = lambda: self._record(values, wrt, const, unrolled=True, **settings)
        return recording

    def _is_active(
        self, name: str, wrt: Sequence[str] | None, const: Sequence[str], has_variables: bool
    ) -> bool:
        return name not in const and (wrt is None or has_variables or name in wrt)

    def _wrt(
        self, result: Result, nodes: Mapping[str, Any], wrt: Sequence[str] | None, const: Sequence[str]
    ) -> dict[str, Any]:
        """What to differentiate by, as structures of nodes."""
        if wrt is None:
            chosen = {name: value for name, value in nodes.items() if name not in const}
            found = {name: value for name, value in chosen.items() if has_floats(value)}
            return found | marked_leaves(result.variables, found.values())
        known = {**result.variables, **nodes}
        self._check_names(known, wrt, "wrt")
        for name in wrt:
            if not has_floats(known[name]):
                raise UsageError(f"`{name}` is not made of floating-point numbers", source=self.source)
        return {name: known[name] for name in dict.fromkeys(wrt)}

    def _check_names(self, known: Mapping[str, Any], names: Sequence[str], option: str) -> None:
        for name in names:
            if name not in known:
                guess = nearest(name, known)
                has = ", ".join(f"`{each}`" for each in known) or "no names"
                hint = f"did you mean `{guess}`?" if guess else f"the program has {has}"
                raise UsageError(f"`{option}` names `{name}`, which the program does not have", help=hint)

    def _bound(self, inputs: Inputs, *, borrow: bool = False) -> dict[str, Any]:
        """The inputs in float64, copied unless they serve for one result only; a wrong name is an error."""
        missing = [name for name in self.inputs if name not in inputs]
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            what = "a value" if len(missing) == 1 else "values"
            raise InputError(f"the program needs {what} for {names}", source=self.source)
        accepted = (*self.inputs, *self.optional)
        for name in inputs:
            if name not in accepted:
                guess = nearest(name, accepted)
                hint = f"did you mean `{guess}`?" if guess else None
                raise InputError(f"the program has no input `{name}`", source=self.source, help=hint)
        return {name: as_input(inputs[name], name, borrow=borrow) for name in accepted if name in inputs}

    def _run(
        self,
        graph: Graph,
        values: Mapping[str, Any],
        loops: Loops | None,
        seed: int = 0,
        max_steps: int = limits.MAX_STEPS,
        max_elements: int = limits.MAX_ELEMENTS,
        leaves: frozenset[str] = _NO_NAMES,
    ) -> Result:
        code = self.lowered(frozenset(values), leaves)
        machine = Machine(graph, self.source, max_steps, seed, loops)
        before = limits.set_max_elements(max_elements)
        try:
            with walking():
                return machine.run(code, values)
        finally:
            limits.set_max_elements(before)

    def at_numbers(
        self,
        inputs: Inputs,
        wrt: Sequence[str] | None = None,
        const: Sequence[str] = (),
        *,
        max_steps: int = limits.MAX_STEPS,
        **settings: Any,
    ) -> tuple[float, dict[str, float]] | None:
        """The value and the gradient of straight code on numbers, for a tenth of what a recording costs.

        None where it takes a recording to find them, or to say what is to be said about them.
        """
        code = self._code.get((frozenset(inputs), _NO_NAMES))
        if code is None or len(code.body) >= max_steps or not inputs.keys() >= {*(wrt or ()), *const}:
            return None
        if const:
            check_apart(wrt or (), const)
        names = wrt if wrt is not None else [name for name in code.inputs if name not in const]
        return gradient_at_numbers(code, inputs, names)

    # One derivative at a time; a `Recording` gives several from one run.

    def grad(self, inputs: Inputs, wrt: Sequence[str] | None = None, **settings: Any) -> dict[str, Any]:
        """The gradient of a scalar program, by input name."""
        return self.value_and_grad(inputs, wrt, **settings)[1]

    def value_and_grad(
        self, inputs: Inputs, wrt: Sequence[str] | None = None, **settings: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The value and the gradient, from one run."""
        values = self._bound(inputs, borrow=True)
        again = self._repeats.at_numbers(values, wrt, settings)
        found = again or self.at_numbers(values, wrt, **settings)
        if found is not None:
            return found
        planned = None if settings else self._repeats.value_and_grad(values, wrt, self._run_unknown)
        if planned is not None:
            value, gradient = planned
            return value, owned(gradient, values.values())
        recording = self._record(values, wrt, **settings)
        gradient = recording.grad()  # before the value: on large arrays it computes both
        self._repeats.note(values, wrt, self.lowered(frozenset(values)), recording.graph)
        return recording.value, owned(gradient, values.values())

    def _run_unknown(self, graph: Graph, nodes: Mapping[str, Any]) -> Any:
        """The value of a run on nodes whose values are not known.

        None for several outputs, and where the program marks further inputs of the derivative.
        """
        known = len(graph.sources)
        result = self._run(graph, nodes, None, max_steps=_MOST_UNKNOWN_STEPS)
        return outputs_of(result, self.source).get("") if len(graph.sources) == known else None

    def vjp(
        self, inputs: Inputs, v: Any, wrt: Sequence[str] | None = None, **settings: Any
    ) -> dict[str, Any]:
        """The vector-Jacobian product vᵀJ, by input name; see `Recording.vjp`."""
        values = self._bound(inputs, borrow=True)
        return owned(self._record(values, wrt, **settings).vjp(v), values.values())  # type: ignore[no-any-return]

    def jvp(self, inputs: Inputs, tangents: Mapping[str, Any], **settings: Any) -> Any:
        """The Jacobian-vector product J u, by forward mode; see `Recording.jvp`."""
        return self.record(inputs, **settings).jvp(tangents)

    def jacobian(
        self,
        inputs: Inputs,
        wrt: Sequence[str] | None = None,
        mode: str = "auto",
        sparse: bool = False,
        **settings: Any,
    ) -> dict[str, Any]:
        """The Jacobian by input name, of shape value.shape + input.shape; see `Recording.jacobian`."""
        return self.record(inputs, wrt, **settings).jacobian(mode, sparse)

    def hessian(
        self, inputs: Inputs, wrt: Sequence[str] | None = None, sparse: bool = False, **settings: Any
    ) -> dict[str, dict[str, Any]]:
        """The blocks of the Hessian of a scalar program, by pairs of input names; see `Recording.hessian`."""
        values = self._bound(inputs)
        is_planned = not (sparse or settings)
        planned = self._repeats.hessian(values, wrt, self._run_unknown) if is_planned else None
        return self._record(values, wrt, **settings).hessian(sparse) if planned is None else planned
