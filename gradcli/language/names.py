"""Which names of a program are its inputs: those that are read before the program gives them a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gradcli.language import tree
from gradcli.language.source import Span
from gradcli.records import NamedTuple

CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045, "inf": float("inf"), "nan": float("nan")}
# The prefix that a name of the table may have, by what stands before the name in a text.
PREFIXES = {
    **dict.fromkeys(("torch", "F", "nn"), "torch"),
    **dict.fromkeys(("np", "numpy", "anp", "onp", "jnp", "jax"), "np"),
    "math": "math",
}
_ROOTS = {*PREFIXES, "scipy", "special", "linalg"}
_MODULES = {*_ROOTS, "functional", "random", "lax"}
_SPELLINGS = {"Infinity": "inf", "Inf": "inf", "NaN": "nan"}


class Use(NamedTuple):
    """A read of a name that the program does not define.

    `role` is `called` for the function of a call, `passed` where a function may stand too (an argument, an
    item of a list, a branch of a conditional expression, the value of an assignment), and `operand` where
    only a number can.
    """

    name: str
    span: Span
    role: str


class Names(NamedTuple):
    """What a program reads from outside, in order of appearance, and the names that its top level assigns.

    `entry` is the function that is the whole program (text that only defines functions runs the last
    one): its parameters are inputs too.
    """

    uses: tuple[Use, ...]
    assigned: frozenset[str]
    entry: tree.Define | None


def dotted(node: Any) -> list[str] | None:
    """The parts of `np.linalg.norm`; None unless the expression is a name with attributes."""
    parts: list[str] = []
    while isinstance(node, tree.Attribute):
        parts.append(node.name)
        base: Any = node.base  # declared, or mypy explores every nesting of the tree's recursive types
        node = base
    if not isinstance(node, tree.Name):
        return None
    parts.append(node.name)
    return parts[::-1]


def library_name(node: Any, is_defined: Any) -> tuple[str, str] | None:
    """(root, name) of a prefixed library name such as `np.linalg.norm` or `math.pi`; None if it is none.

    `is_defined(name)` tells whether the root means something else here.
    """
    parts = dotted(node) if isinstance(node, tree.Attribute) else None
    if parts is None or parts[0] not in _ROOTS or is_defined(parts[0]):
        return None
    if not all(part in _MODULES for part in parts[:-1]):
        return None
    # torch.linalg follows NumPy: `torch.linalg.norm(A, 2)` is the spectral norm, unlike `torch.norm(A, 2)`.
    root = "np" if "linalg" in parts[:-1] else parts[0]
    return root, _SPELLINGS.get(parts[-1], parts[-1])


def find_names(module: tree.Module, known: Any) -> Names:
    """Find the names that a program reads from outside; `known(name)` tells whether the library has it."""
    finder = _Finder(known)
    entry = _entry(module)
    finder.assigned_anywhere = _assigned(module.body)
    finder.visit(module.body)
    return Names(tuple(finder.uses), frozenset(finder.assigned_anywhere), entry)


def _entry(module: tree.Module) -> tree.Define | None:
    """The last function, where no statement at top level gives the program a value."""
    if any(isinstance(node, tree.ExpressionStatement) for node in module.body) or _returns(module.body):
        return None
    functions = [node for node in module.body if isinstance(node, tree.Define)]
    return functions[-1] if functions else None


def _returns(body: Iterable[Any]) -> bool:
    return any(
        isinstance(node, tree.Return)
        or (isinstance(node, (tree.If, tree.While, tree.For, tree.NoGrad)) and _returns(statements_of(node)))
        for node in body
    )


def statements_of(node: Any) -> Iterator[Any]:
    """The statements in the blocks of a compound statement."""
    if isinstance(node, tree.If):
        for _, body in node.branches:
            yield from body
        yield from node.otherwise
    else:
        yield from node.body


def target_names(target: Any) -> Iterator[str]:
    """The names that an assignment to the target binds."""
    if isinstance(target, tree.Name):
        yield target.name
    elif isinstance(target, tree.TupleLiteral):
        for item in target.items:
            yield from target_names(item)
    elif isinstance(target, tree.Subscript):
        yield from target_names(_root(target))


def _root(target: Any) -> Any:
    """What a chain of subscripts and attributes begins with."""
    while isinstance(target, (tree.Subscript, tree.Attribute)):
        base: Any = target.base
        target = base
    return target


def _assigned(body: Iterable[Any]) -> set[str]:
    """All names that the statements bind, not looking into functions."""
    names: set[str] = set()
    for node in body:
        if isinstance(node, tree.Assign):
            for target in node.targets:
                names.update(target_names(target))
        elif isinstance(node, tree.AugmentedAssign):
            names.update(target_names(node.target))
        elif isinstance(node, tree.Define):
            names.add(node.name)
        elif isinstance(node, (tree.If, tree.While, tree.For, tree.NoGrad)):
            if isinstance(node, tree.For):
                names.update(target_names(node.target))
            names.update(_assigned(statements_of(node)))
    return names


def local_names(parameters: Iterable[str], body: Iterable[Any]) -> set[str]:
    """The names that are local to a function."""
    return {*parameters, *_assigned(body)}


class _Finder:
    """Walks a program in the order of its text and notes every name that is read before it is assigned."""

    def __init__(self, known: Any) -> None:
        self.known = known
        self.uses: list[Use] = []
        self.bound: set[str] = set()  # at top level, so far
        self.assigned_anywhere: set[str] = set()
        self.scopes: list[set[str]] = []  # of the functions and comprehensions around
        self.deferred = 0  # functions around: their bodies run later than their text stands

    def visit(self, node: Any) -> None:
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node)
        elif isinstance(node, tuple) and type(node) is not Span:
            for child in node:
                if isinstance(child, tuple):
                    self.visit(child)

    def read(self, name: str, span: Span, role: str) -> None:
        if any(name in scope for scope in self.scopes):
            return
        if name in (self.assigned_anywhere if self.deferred else self.bound):
            return
        self.uses.append(Use(name, span, role))

    def bind(self, target: Any) -> None:
        if isinstance(target, tree.Name):
            (self.scopes[-1] if self.scopes else self.bound).add(target.name)
        elif isinstance(target, tree.TupleLiteral):
            for item in target.items:
                self.bind(item)
        else:
            self.visit(target)

    def name(self, node: tree.Name) -> None:
        self.read(node.name, node.span, "operand")

    def attribute(self, node: tree.Attribute) -> None:
        found = library_name(node, self.defined)
        if found is None or not self.known(*found):
            self.visit(node.base)

    def defined(self, name: str) -> bool:
        return name in self.bound or name in self.assigned_anywhere or any(name in s for s in self.scopes)

    def call(self, node: tree.Call) -> None:
        if isinstance(node.function, tree.Name):
            self.read(node.function.name, node.function.span, "called")
        elif library_name(node.function, self.defined) is None:
            self.visit(node.function)
        for argument in node.arguments:
            if argument.keyword != "dtype":
                self.passed(argument.value)

    def passed(self, node: Any) -> None:
        """Visit what may be a function as well as a number."""
        if isinstance(node, tree.Name):
            self.read(node.name, node.span, "passed")
        else:
            self.visit(node)

    def items(self, node: tree.ListLiteral | tree.TupleLiteral) -> None:
        for item in node.items:
            self.passed(item)

    def conditional(self, node: tree.Conditional) -> None:
        for value, condition in node.branches:
            self.passed(value)
            self.visit(condition)
        self.passed(node.otherwise)

    def assign(self, node: tree.Assign) -> None:
        self.passed(node.value)
        for target in node.targets:
            self.bind(target)

    def augmented_assign(self, node: tree.AugmentedAssign) -> None:
        self.visit(node.target)
        self.visit(node.value)
        self.bind(node.target)

    def for_loop(self, node: tree.For) -> None:
        self.visit(node.iterable)
        self.bind(node.target)
        self.visit(node.body)

    def define(self, node: tree.Define) -> None:
        self.bind(tree.Name(node.name, node.name_span))
        self.function(
            node.parameters, local_names((each.name for each in node.parameters), node.body), node.body
        )

    def function(self, parameters: Any, local: set[str], body: Any) -> None:
        for each in parameters:
            self.visit(each.default)
        self.scopes.append(local)
        self.deferred += 1
        self.visit(body)
        self.deferred -= 1
        self.scopes.pop()

    def lambda_(self, node: tree.Lambda) -> None:
        self.function(node.parameters, {each.name for each in node.parameters}, (node.body,))

    def comprehension(self, node: tree.Comprehension) -> None:
        self.visit(node.clauses[0].iterable)
        self.scopes.append(set())
        for position, clause in enumerate(node.clauses):
            if position:
                self.visit(clause.iterable)
            self.bind(clause.target)
            self.visit(clause.conditions)
        self.visit(node.element)
        self.scopes.pop()


_HANDLERS: dict[type, Any] = {
    tree.Name: _Finder.name,
    tree.Attribute: _Finder.attribute,
    tree.Call: _Finder.call,
    tree.ListLiteral: _Finder.items,
    tree.TupleLiteral: _Finder.items,
    tree.Conditional: _Finder.conditional,
    tree.Assign: _Finder.assign,
    tree.AugmentedAssign: _Finder.augmented_assign,
    tree.For: _Finder.for_loop,
    tree.Define: _Finder.define,
    tree.Lambda: _Finder.lambda_,
    tree.Comprehension: _Finder.comprehension,
}
