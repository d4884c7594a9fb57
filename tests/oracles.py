"""Independent answers to compare with: program text run by CPython itself, with NumPy or with JAX."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from typing import Any

import numpy as np

RESULT = "_result"
IN_PLACE = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}


class JaxSpelling(ast.NodeTransformer):
    """Spells `b[i] = v` as `b = b.at[i].set(v)` and `b[[1, 0]]` as `b[array([1, 0])]`, as JAX wants it."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        self.generic_visit(node)
        if isinstance(node.slice, ast.List):
            node.slice = ast.Call(ast.Name("array", ast.Load()), [node.slice], [])
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        self.generic_visit(node)
        (target,) = node.targets
        return self._update(target, "set", node.value) if isinstance(target, ast.Subscript) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Subscript):
            return node
        return self._update(node.target, IN_PLACE[type(node.op)], node.value)

    def _update(self, target: ast.Subscript, method: str, value: ast.expr) -> ast.Assign:
        name = ast.unparse(target.value)
        index = ast.unparse(target).removeprefix(name)  # the index alone would unparse in round brackets
        text = f"{name} = {name}.at{index}.{method}({ast.unparse(value)})"
        (statement,) = ast.parse(text).body
        assert isinstance(statement, ast.Assign)
        return statement


def compiled(text: str, *rewrites: ast.NodeTransformer) -> CodeType:
    """The code of a program whose last expression is kept under the name `RESULT`."""
    tree = ast.parse(text)
    for rewrite in rewrites:
        tree = rewrite.visit(tree)
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    tree.body[-1] = ast.Assign([ast.Name(RESULT, ast.Store())], last.value)
    return compile(ast.fix_missing_locations(tree), "<program>", "exec")


def namespace(library: ModuleType) -> dict[str, Any]:
    """A library's names as a program sees them, with a `sum` that also takes a generator."""
    names = {name: getattr(library, name) for name in dir(library) if not name.startswith("_")}

    def total(values: Any, **keywords: Any) -> Any:
        return builtins.sum(values) if hasattr(values, "__next__") else library.sum(values, **keywords)

    return {**names, **vars(library.linalg), "sum": total}


def run(code: CodeType, library: ModuleType, inputs: Mapping[str, Any]) -> Any:
    names = {**namespace(library), **inputs}
    exec(code, names)
    return names[RESULT]


def numpy_value(text: str, inputs: Mapping[str, Any]) -> Any:
    """What CPython and NumPy make of a program."""
    with np.errstate(all="ignore"):
        return run(compiled(text), np, inputs)


def jax_value_and_gradient(text: str, inputs: Mapping[str, Any]) -> tuple[float, dict[str, np.ndarray]]:
    """The value and the gradient of a scalar program by JAX, operation by operation, in double precision."""
    import jax

    code = compiled(text, JaxSpelling())
    function: Callable[..., Any] = jax.value_and_grad(lambda given: run(code, jax.numpy, given))
    value, gradient = function({name: jax.numpy.asarray(value) for name, value in inputs.items()})
    return float(value), {name: np.asarray(own) for name, own in gradient.items()}
