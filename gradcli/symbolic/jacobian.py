"""Jacobians as formulas: the matrix of a map that a term describes, linear in a seed vector."""

from __future__ import annotations

from gradcli.errors import UsageError
from gradcli.symbolic import term as t
from gradcli.symbolic.rules.entries import all_entries, entries
from gradcli.symbolic.subterms import depends_on
from gradcli.symbolic.term import Term


class NoCompactFormError(UsageError):
    """A Jacobian that has no formula with two axes."""

    def __init__(self) -> None:
        super().__init__(
            "this Jacobian has no compact form",
            help="`gradcli jacobian` computes it at given values; by single inputs use `--wrt`",
        )


def jacobian_term(cotangent: Term, seed: str, outputs: int) -> Term:
    """The Jacobian J of which the term is Jᵀ v, where v is the input called `seed`, of length `outputs`.

    The term is a scalar or a vector; J has shape (outputs,) or (outputs, len(term)).
    Raises `NoCompactFormError` where no rule gives the matrix.
    """
    if len(cotangent.shape) > 1:
        raise NoCompactFormError
    matrix = _Linear(seed, outputs).matrix(cotangent)
    return t.transpose(matrix) if cotangent.shape else matrix


class _Linear:
    """Reads the matrix M off a term that equals M @ v; of a scalar, the vector r with r @ v."""

    def __init__(self, seed: str, length: int) -> None:
        self.seed = seed
        self.length = length

    def matrix(self, term: Term) -> Term:
        if not depends_on(term, self.seed):
            if term == t.broadcast(t.ZERO, term.shape):
                return t.broadcast(t.ZERO, (*term.shape, self.length))
            raise NoCompactFormError
        method = getattr(self, f"_{term.op}", None)
        if method is None:
            raise NoCompactFormError
        found: Term = method(term)
        return found

    def _input(self, term: Term) -> Term:
        return t.eye(self.length, self.length)

    def _getitem(self, term: Term) -> Term:
        if term.args[0].op != "input" or not isinstance(term.static, int):
            raise NoCompactFormError
        place = term.static % self.length
        return entries([t.number(int(i == place)) for i in range(self.length)], (self.length,))

    def _add(self, term: Term) -> Term:
        return t.add(*(self.matrix(t.broadcast(arg, term.shape)) for arg in term.args))

    def _mul(self, term: Term) -> Term:
        moving = [arg for arg in term.args if depends_on(arg, self.seed)]
        if len(moving) != 1:
            raise NoCompactFormError
        fixed = [arg for arg in term.args if arg is not moving[0]]
        if moving[0].op == "add":
            return self.matrix(t.add(*(t.mul(*fixed, each) for each in moving[0].args)))
        matrix = self.matrix(moving[0])
        scalars = [arg for arg in fixed if not arg.shape]
        vectors = [arg for arg in fixed if arg.shape]
        if not vectors:
            return t.mul(*scalars, matrix)
        if not moving[0].shape:
            return t.mul(*scalars, t.outer(t.mul(*vectors), matrix))
        return t.mul(*scalars, _scaled_rows(t.mul(*vectors), matrix))

    def _matmul(self, term: Term) -> Term:
        *before, last = term.args
        if depends_on(last, self.seed) and not any(depends_on(arg, self.seed) for arg in before):
            return t.matmul(*before, self.matrix(last))
        first, *after = term.args
        if len(first.shape) == 1 and not any(depends_on(arg, self.seed) for arg in after):
            return t.matmul(t.transpose(self.matrix(first)), *after)
        raise NoCompactFormError

    def _sum(self, term: Term) -> Term:
        return t.total(self.matrix(term.args[0]), (0,))

    def _broadcast(self, term: Term) -> Term:
        row = self.matrix(term.args[0])
        return t.outer(t.broadcast(t.ONE, term.shape), row)

    def _entries(self, term: Term) -> Term:
        rows = [self.matrix(arg) for arg in term.args]
        return entries([each for row in rows for each in all_entries(row)], (len(rows), self.length))

    def _where(self, term: Term) -> Term:
        condition, *choices = term.args
        matrices = [self.matrix(t.broadcast(choice, term.shape)) for choice in choices]
        if condition.shape:
            condition = t.reshape(condition, (*condition.shape, 1))
        return t.call("where", condition, *matrices)


def _scaled_rows(x: Term, matrix: Term) -> Term:
    """The product diag(x) @ matrix."""
    if matrix.op == "eye":
        return t.diagonal_matrix(x)
    return t.matmul(t.diagonal_matrix(x), matrix)
