"""The commands: one file each, and the one table that lists them."""

from __future__ import annotations

from gradcli.records import NamedTuple

SUMMARY = "Check gradients, and differentiate expressions and programs."
EXAMPLES = (
    'gradcli grad "2*dot(x,x)" --x 0,1,2,3',
    'gradcli diff "norm(X@w - y)**2" --wrt w --X matrix --w vector --y vector',
    'gradcli check "2*dot(x,x)" --claim x="4*x" --x 0,1,2,3',
)
COMPLETE_VARIABLE = "_GRADCLI_COMPLETE"  # through it the scripts of shells ask for completions


class Entry(NamedTuple):
    """A row of the command table: what help shows about a command before its module is imported."""

    name: str
    section: str
    summary: str


# A command is a module of this package with the same name that defines `command`.
COMMANDS = (
    Entry("check", "Check", "whether a gradient is right, and if not, what is wrong with it"),
    Entry("batch", "Check", "any command over files of cases"),
    Entry("eval", "Evaluate", "the value of a program"),
    Entry("grad", "Differentiate", "the value and the gradient of a scalar program"),
    Entry("vjp", "Differentiate", "a vector times the Jacobian (reverse mode)"),
    Entry("jvp", "Differentiate", "the Jacobian times a vector (forward mode)"),
    Entry("jacobian", "Differentiate", "the full Jacobian, of any ranks"),
    Entry("hessian", "Differentiate", "the Hessian, or its product with a vector"),
    Entry("diff", "Differentiate", "the derivative as a formula"),
    Entry("graph", "Look", "the recorded graph: what each operation takes, gives and keeps"),
    Entry("trace", "Look", "every step of a program, with its tangent or adjoint"),
    Entry("plot", "Look", "a program and its derivative over a range"),
    Entry("tutorial", "Learn", "a tour in short steps, each of them run"),
    Entry("functions", "Learn", "the reference of the language's functions"),
    Entry("man", "Learn", "the manual page"),
    Entry("completion", "Learn", "completion of command lines in bash, zsh and fish"),
)
