"""The text of a program of loops run by CPython with torch: its value and its gradient."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from tests.oracles import RESULT, compiled

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


class TorchSpelling(ast.NodeTransformer):
    """`b[i] = v` as `b = put(b, index[i], v)`, for torch refuses what is overwritten and needed later."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        self.generic_visit(node)
        (target,) = node.targets
        return self._put(target, node.value) if isinstance(target, ast.Subscript) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        value = ast.BinOp(_loaded(node.target), node.op, node.value)
        if isinstance(node.target, ast.Subscript):
            return self._put(node.target, value)
        return ast.Assign([node.target], value)

    def _put(self, target: ast.Subscript, value: ast.expr) -> ast.Assign:
        name = ast.unparse(target.value)
        index = ast.unparse(target).removeprefix(name)
        (statement,) = ast.parse(f"{name} = put({name}, index{index}, {ast.unparse(value)})").body
        assert isinstance(statement, ast.Assign)
        return statement

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Negative steps, which torch does not have."""
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and ast.unparse(node.slice) == "::-1":
            return ast.Call(ast.Name("backward", ast.Load()), [node.value], [])
        return node


def _loaded(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


class _Index:
    def __getitem__(self, index: Any) -> Any:
        return index


def _tensor(value: Any) -> torch.Tensor:
    return value if isinstance(value, torch.Tensor) else torch.tensor(float(value), dtype=torch.float64)


def _put(base: torch.Tensor, index: Any, value: Any) -> torch.Tensor:
    if isinstance(index, slice) and index.step is not None and index.step < 0:
        return _put(base.flip(0), slice(None), value).flip(0)
    result = base.clone()
    result[index] = value
    return result


def _sum(values: Any, axis: int | None = None) -> Any:
    if isinstance(values, torch.Tensor):
        return values.sum() if axis is None else values.sum(axis)
    return builtins.sum(values)


def _extreme(name: str) -> Any:
    def extreme(*values: Any) -> Any:
        if len(values) == 1:
            return getattr(torch, f"a{name}")(values[0])
        if not any(isinstance(each, torch.Tensor) for each in values):
            return getattr(builtins, name)(*values)
        return getattr(torch, f"{name}imum")(*map(_tensor, values))

    return extreme


def _names() -> dict[str, Any]:
    def elementwise(name: str) -> Any:
        return lambda *values: getattr(torch, name)(*map(_tensor, values))

    names = "sin cos tanh exp sqrt log1p abs sigmoid relu hypot square where maximum minimum"
    return {
        **{name: elementwise(name) for name in names.split()},
        "where": lambda c, a, b: torch.where(torch.as_tensor(c), _tensor(a), _tensor(b)),
        "abs": lambda value: builtins.abs(value) if isinstance(value, int) else torch.abs(_tensor(value)),
        "put": _put, "index": _Index(), "backward": lambda value: value.flip(0), "sum": _sum,
        "max": _extreme("max"), "min": _extreme("min"), "mean": torch.mean, "dot": torch.dot,
        "norm": torch.linalg.norm, "trace": torch.trace, "outer": torch.outer, "roll": torch.roll,
        "cumsum": lambda value: torch.cumsum(value, 0), "softmax": lambda value: torch.softmax(value, 0),
        "cumprod": lambda value: torch.cumprod(value, 0), "concatenate": torch.cat, "diag": torch.diag,
        "prod": torch.prod, "logsumexp": lambda value: torch.logsumexp(value, 0), "triu": torch.triu,
        "sort": lambda value: torch.sort(value).values, "clip": torch.clip,
        "array": lambda values: torch.stack(list(map(_tensor, values))), "any": torch.any,
        "zeros": lambda shape: torch.zeros(shape, dtype=torch.float64),
        "detach": lambda value: _tensor(value).detach(), "no_grad": torch.no_grad, "float": float,
    }  # fmt: skip


def value_and_gradient(text: str, inputs: Mapping[str, Any]) -> tuple[float, dict[str, np.ndarray]]:
    """The value of a program and its gradient by every input."""
    given = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in inputs.items()
    }
    names = {**_names(), **given}
    exec(compiled(text, TorchSpelling()), names)
    result = _tensor(names[RESULT])
    gradients = torch.autograd.grad(result, list(given.values()), allow_unused=True)
    return result.item(), {
        name: np.zeros(each.shape) if own is None else own.numpy()
        for (name, each), own in zip(given.items(), gradients, strict=True)
    }
