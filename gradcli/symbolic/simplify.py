"""Simplification: the rules applied bottom-up until none applies any more."""

from __future__ import annotations

import math

from gradcli.records import NamedTuple
from gradcli.symbolic.rules import RULES
from gradcli.symbolic.rules.rule import Rule
from gradcli.symbolic.term import Term

# Every rule lowers the number of operations or moves towards the order of `order.py`; the bound is for
# the case that two rules should disagree about that.
MAX_STEPS = 50_000
# Steps in what rules only try. Of most formulas they take some hundreds; of continued fractions they grow
# with a power of the depth, and past the bound a rule finds nothing shorter.
MAX_TRIAL_STEPS = 8_000


class TooLongError(Exception):
    """A formula is longer than anybody would write it out."""


class Step(NamedTuple):
    """One application of a rule."""

    rule: Rule
    before: Term
    after: Term


class Simplifier:
    """Simplifies any number of terms that share subterms; `steps` is what was done, in order.

    Rules that try whether something gets shorter simplify on the way. What they try has parts in common, so
    all trials of a simplifier are made by one other, which remembers them. `TooLongError` is raised for a
    term that has more operations than `most_operations` when it is simplified: so would have what it is in.
    """

    def __init__(self, is_trial: bool = False, most_operations: float = math.inf) -> None:
        self.steps: list[Step] = []
        self.most_operations = most_operations
        self.most_steps = MAX_TRIAL_STEPS if is_trial else MAX_STEPS
        self.trials = self if is_trial else Simplifier(is_trial=True)
        self._done: dict[Term, Term] = {}
        self._next: dict[Term, Term] = {}

    def __call__(self, root: Term) -> Term:
        """The simplified term, of the same value and shape."""
        global _trials
        before = _trials
        _trials = self.trials
        try:
            return self._simplified(root)
        finally:
            _trials = before

    def _simplified(self, root: Term) -> Term:
        stack = [root]
        while stack:
            term = stack[-1]
            if term.is_normal or term in self._done:
                self._done.setdefault(term, term)
                stack.pop()
                continue
            pending = [arg for arg in term.args if not arg.is_normal and arg not in self._done]
            if pending:
                stack.extend(pending)
                continue
            successor = self._successor(term)
            if successor is term or successor in self._done:
                self._done[term] = self._done.get(successor, term)
                self._done[term].is_normal = True
                if self._done[term].operations > self.most_operations:
                    raise TooLongError
                stack.pop()
            else:
                stack.append(successor)
        return self._done[root]

    def _successor(self, term: Term) -> Term:
        """The term after one rule, on simplified operands; the term itself when it is finished."""
        if term not in self._next:
            rebuilt = term.with_args(tuple(arg if arg.is_normal else self._done[arg] for arg in term.args))
            self._next[term] = self._rewritten(rebuilt) if rebuilt == term else rebuilt
        return self._next[term]

    def _rewritten(self, term: Term) -> Term:
        if len(self.steps) >= self.most_steps:
            return term
        for rule in RULES.get(term.op, ()):
            after = rule.rewrite(term)
            if after is not None and after != term:
                self.steps.append(Step(rule, term, after))
                return after
        return term


_trials: Simplifier | None = None  # of the simplifier that is at work


def simplify(term: Term) -> Term:
    """A term of the same value and shape, in normal form; within a rule, as a trial."""
    return (_trials or Simplifier())(term)
