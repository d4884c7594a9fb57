"""Every rule keeps the value and the shape of the terms that it rewrites."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.symbolic import term as t
from gradcli.symbolic.rules import ALL_RULES, RULES
from gradcli.symbolic.term import Term
from tests.symbolic.values import SHAPES, random_inputs, value_of

LEAVES = {name: t.leaf(name, shape) for name, shape in SHAPES.items()}
a, b, u, v, w, A, B, C, D = LEAVES.values()


def fn(name: str, *args: Term) -> Term:
    return t.call(name, *args)


def of_matrix(name: str, x: Term) -> Term:
    return t.call(name, x, shape=x.shape if name in ("inv", "pinv", "expm") else ())


def along(name: str, x: Term, *axes: int) -> Term:
    kept = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    return Term(name, (x,), axes, kept)


def item(x: Term, index: int) -> Term:
    return Term("getitem", (x,), index, ())


greater = fn("greater", u, v)
column = t.reshape(u, (3, 1))
ones = t.broadcast(t.ONE, (3,))

# For each rule, terms that it must rewrite.
EXAMPLES: dict[str, list[Term]] = {
    "same shape": [t.Term("reshape", (u,), (3,), (3,)), t.Term("sum", (u,), (), (3,))],
    "last shape counts": [
        t.reshape(t.reshape(A, (9,)), (1, 9)),
        t.reshape(a, (1, 1)),
        t.broadcast(t.reshape(u, (1, 3)), (3, 3)),
    ],
    "sum of repeated numbers": [t.total(t.broadcast(a, (3,))), along("mean", t.broadcast(a, (3, 4)), 0)],
    "sum of moved entries": [t.total(t.transpose(C)), t.total(t.reshape(C, (12,)))],
    "sum of a transpose": [t.total(t.transpose(C), (0,)), along("mean", t.transpose(C), 1)],
    "constant factor of a sum": [t.total(t.mul(column, A), (1,)), t.total(t.mul(w, C), (0,))],
    "transposed column": [t.transpose(column)],
    "repeat last": [fn("exp", t.broadcast(a, (3,)))],
    "trivial power": [t.power(u, 1), t.power(a, 0)],
    "number power": [t.power(t.number(2), 3), t.power(t.number(2), 0.5), t.power(t.number(3), -2)],
    "power of a power": [t.power(t.power(u, 0.5), 2), t.power(fn("exp", u), a)],
    "power of a product": [t.power(t.mul(t.number(2), u, a), -2)],
    "even power": [t.power(fn("abs", t.negative(u)), 4)],
    "flatten products": [t.mul(a, t.mul(b, u))],
    "collect factors": [
        t.mul(u, t.power(u, -1), v),
        t.mul(t.number(2), a, t.number(3), t.power(a, b)),
        t.mul(t.ZERO, u),
        t.mul(u, t.power(u, -1)),
    ],
    "absorb broadcasting": [
        t.mul(t.broadcast(a, (3,)), u),
        t.add(t.broadcast(a, (3,)), t.broadcast(b, (3,))),
    ],
    "turn a difference round": [
        t.mul(a, t.add(v, t.negative(u))),
        t.mul(b, t.power(t.add(t.ONE, t.negative(u)), 2)),
        t.matmul(A, t.add(v, t.negative(u))),
        t.outer(u, t.add(v, t.negative(u))),
    ],
    "turn a difference in a power": [t.power(t.add(v, t.negative(u)), n) for n in (2, 3, -1)],
    "logistic factor": [t.mul(t.add(t.ONE, fn("exp", u)), fn("sigmoid", t.negative(u)))],
    "sum from mean": [t.mul(along("mean", u, 0), t.size(3)), t.mul(a, t.size(4), along("mean", C, 1))],
    "sum of a sum": [
        along("mean", t.add(u, t.negative(along("mean", u, 0))), 0),
        t.total(t.add(C, t.negative(t.reshape(along("mean", C, 1), (3, 1)))), (1,)),
    ],
    "product of exponentials": [t.mul(fn("exp", u), a, fn("exp", v))],
    "logistic quotient": [t.mul(fn("exp", u), fn("sigmoid", t.negative(u)))],
    "sign": [
        t.mul(u, t.power(fn("abs", u), -1)),
        t.mul(fn("abs", t.negative(u)), fn("sign", t.negative(u))),
    ],
    "mean": [t.mul(a, t.total(u), t.power(t.size(3), -1))],
    "flatten sums": [t.add(a, t.add(u, b))],
    "collect like terms": [t.add(u, t.mul(t.number(2), u), v), t.add(u, t.negative(u))],
    "common matrix factor": [
        t.add(t.matmul(A, u), t.matmul(B, u)),
        t.add(t.matmul(A, u), t.negative(t.matmul(A, v))),
        t.add(t.outer(u, w), t.mul(t.number(3), t.outer(v, w))),
    ],
    "multiply out": [t.add(t.mul(t.number(2), t.add(a, b)), t.mul(t.number(-2), a))],
    "sin² + cos²": [t.add(t.power(fn("sin", u), 2), a, t.power(fn("cos", u), 2))],
    "1 - cos²": [t.add(t.ONE, t.negative(t.power(fn("cos", a), 2)))],
    "common factor": [t.add(t.mul(a, fn("exp", b)), t.mul(t.number(2), b, fn("exp", b)))],
    "nested fraction": [
        t.mul(t.power(a, -1), t.power(t.add(t.ONE, t.mul(t.power(b, 2), t.power(a, -2))), -1))
    ],
    "common denominator": [
        t.add(
            t.power(t.add(a, t.ONE), -1),
            t.mul(t.number(-1), a, t.power(t.add(a, t.ONE), -2)),
        )
    ],
    "flatten matrix products": [t.matmul(A, t.matmul(B, u)), t.matmul(t.matmul(A, u), v)],
    "zero": [t.matmul(A, t.broadcast(t.ZERO, (3,))), t.total(t.broadcast(t.ZERO, (3,)))],
    "scalar factors": [t.matmul(A, t.mul(a, u)), t.outer(t.mul(a, u), w), t.total(t.mul(a, b, C), (0,))],
    "identity": [t.matmul(t.eye(3, 3), A, t.eye(3, 3))],
    "inverse pair": [t.matmul(of_matrix("inv", A), A, u)],
    "outer product in a chain": [
        t.matmul(t.outer(u, v), A),
        t.matmul(D, t.outer(u, v)),
        t.matmul(t.outer(u, v), u),
    ],
    "product with ones": [t.matmul(A, ones), t.matmul(ones, C)],
    "vector last": [t.matmul(u, C)],
    "side of a bilinear form": [t.matmul(v, t.transpose(A), u)],
    "diagonal matrix in a chain": [t.matmul(t.diagonal_matrix(u), v)],
    "move transposes inward": [
        t.transpose(t.matmul(C, D)),
        t.transpose(t.add(A, a)),
        t.transpose(t.outer(u, w)),
        t.transpose(t.transpose(C)),
        t.transpose(t.matmul(A, t.transpose(A))),
        t.transpose(of_matrix("inv", t.matmul(A, t.transpose(A)))),
    ],
    "transposed argument": [of_matrix("inv", t.transpose(A)), of_matrix("det", t.transpose(A))],
    "inverse of a product": [
        of_matrix("inv", of_matrix("inv", A)),
        of_matrix("inv", t.matmul(A, B)),
        of_matrix("inv", t.mul(t.number(2), a, A)),
    ],
    "trace of an outer product": [of_matrix("trace", t.outer(u, v))],
    "inner product": [t.total(t.mul(u, v)), t.total(t.mul(a, u, v, u)), t.total(t.power(u, 2))],
    "weighted sum of rows": [t.total(t.mul(column, C), (0,)), t.total(t.mul(w, C), (1,))],
    "inverse functions": [fn("log", fn("exp", u)), fn("expm1", fn("log1p", u))],
    "parity": [fn("cos", t.negative(u)), fn("sin", t.mul(t.number(-2), u))],
    "value at 0": [fn("exp", t.ZERO), fn("log", t.ONE), fn("sinh", t.ZERO)],
    "logistic function": [t.power(t.add(t.ONE, fn("exp", u)), -2)],
    "complement of a logistic": [t.add(t.ONE, t.negative(fn("sigmoid", u)))],
    "logarithm of a sum of exponentials": [fn("log", t.total(fn("exp", u)))],
    "softplus": [fn("log", t.add(t.ONE, fn("exp", u)))],
    "signed": [t.mul(v, u, fn("sign", u))],
    "softmax": [t.mul(v, fn("exp", u), t.power(t.total(fn("exp", u)), -1))],
    "softmax of a difference": [fn("exp", t.add(u, t.negative(t.call("logsumexp", u, shape=()))))],
    "logarithm of a determinant": [fn("log", of_matrix("det", A))],
    "truth of a truth": [fn("not_equal", greater, t.ZERO), fn("equal", greater, t.ZERO)],
    "opposite": [fn("logical_not", fn("equal", u, v)), fn("logical_not", fn("logical_not", greater))],
    "positive condition": [fn("where", fn("logical_not", greater), u, v)],
    "same choice": [fn("where", greater, u, u), fn("where", t.ONE, u, v), fn("where", t.ZERO, u, v)],
    "nested choice": [fn("where", greater, fn("where", greater, u, v), a)],
    "factor inside a choice": [t.mul(v, fn("where", greater, u, t.ZERO))],
    "merge choices": [t.add(fn("where", greater, u, t.ZERO), a, fn("where", greater, t.ZERO, v))],
    "one entry": [item(t.add(t.mul(a, u), v), 1), item(fn("exp", u), 2), item(t.broadcast(a, (3,)), 0)],
    "written out": [Term("setitem", (u, a), 1, (3,)), Term("setitem", (C, w), 2, (3, 4))],
    "scattered": [Term("scatter_add", (u,), ("list", 0, 2, 0), (4,))],
    "entry by entry": [t.add(Term("entries", (a, b, a), None, (3,)), u)],
    "entries in another shape": [t.reshape(Term("entries", (a, b), None, (2,)), (2, 1))],
    "diagonal matrix": [
        Term("entries", (a, t.ZERO, t.ZERO, b), None, (2, 2)),
        Term("entries", (t.ONE, t.ZERO, t.ZERO, t.ONE), None, (2, 2)),
    ],
    "sum of entries": [t.total(Term("entries", (a, b, a), None, (3,)))],
    "entries alike": [Term("entries", tuple(fn("sin", item(u, i)) for i in range(3)), None, (3,))],
}
# The value of a term that the language cannot spell, from one that it can.
UNSPEAKABLE = {"cofactor matrix", "written out", "scattered"}


def test_every_rule_has_an_example_and_a_name_of_its_own() -> None:
    names = [rule.name for rule in ALL_RULES]
    assert len(set(names)) == len(names)
    assert set(names) == set(EXAMPLES) | UNSPEAKABLE


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - UNSPEAKABLE))
def test_a_rule_rewrites_its_examples_and_keeps_their_values(name: str) -> None:
    rule = next(rule for rule in ALL_RULES if rule.name == name)
    for before in EXAMPLES[name]:
        assert rule in RULES[before.op]
        after = rule.rewrite(before)
        assert after is not None, before
        assert after.shape == before.shape, before
        for seed in range(3):
            inputs = random_inputs(seed)
            expected = value_of(before, inputs)
            # One or two roundings differ; the values are of order 1 to 100.
            np.testing.assert_allclose(value_of(after, inputs), expected, rtol=1e-12, atol=1e-13)


def test_the_cofactor_matrix_is_that_of_the_derivative_of_det() -> None:
    rule = next(rule for rule in ALL_RULES if rule.name == "cofactor matrix")
    after = rule.rewrite(Term("cofactor", (A,), None, (3, 3)))
    inputs = random_inputs(1)
    matrix = inputs["A"]
    expected = np.linalg.det(matrix) * np.linalg.inv(matrix).T
    assert after is not None
    np.testing.assert_allclose(value_of(after, inputs), expected, rtol=1e-12)


@pytest.mark.parametrize("before", EXAMPLES["written out"] + EXAMPLES["scattered"], ids=repr)
def test_writing_entries_is_numpys_assignment(before: Term) -> None:
    from gradcli.symbolic.rules.entries import slices
    from gradcli.symbolic.simplify import simplify

    inputs = random_inputs(2)
    if before.op == "setitem":
        expected = np.array(inputs[before.args[0].static])
        expected[before.static] = inputs[before.args[1].static]
    else:
        expected = np.zeros(before.shape)
        np.add.at(expected, slices(before.static), inputs[before.args[0].static])
    np.testing.assert_array_equal(value_of(simplify(before), inputs), expected)
