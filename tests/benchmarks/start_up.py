"""A whole process that computes a gradient, beside one that only imports NumPy, and beside peers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.harness import Result, medians, peer, slowdown

GRADCLI = str(Path(sys.executable).with_name("gradcli"))
GRADIENT = (GRADCLI, "grad", "2*dot(x,x)", "--x", "0,1,2,3", "--format")

# The shortest script that prints the same gradient.
SCRIPTS = {
    "autograd": "import autograd, autograd.numpy as np; f = autograd.grad(lambda x: 2*np.dot(x, x)); "
    "print(f(np.array([0., 1., 2., 3.])))",
    "casadi": "from casadi import *; x = SX.sym('x', 4); "
    "print(Function('f', [x], [gradient(2*dot(x, x), x)])([0, 1, 2, 3]))",
    "jax": "import jax, jax.numpy as np; f = jax.grad(lambda x: 2*np.dot(x, x)); "
    "print(f(np.array([0., 1., 2., 3.])))",
    "sympy": "from sympy import *; x = symbols('x:4'); f = 2*sum(a*a for a in x); "
    "print([diff(f, a).subs(dict(zip(x, range(4)))) for a in x])",
    "torch": "import torch; x = torch.tensor([0., 1., 2., 3.], requires_grad=True); "
    "(2*torch.dot(x, x)).backward(); print(x.grad)",
}


def process(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def script(text: str) -> Callable[[], object]:
    return process(sys.executable, "-c", text)


def measure() -> list[Result]:
    ours = [process(*GRADIENT, "json"), process(*GRADIENT, "table"), process(GRADCLI, "--help")]
    json, table, help, numpy = medians(*ours, script("import numpy"), repeats=25)
    return [
        slowdown("a process: gradient as JSON", json, "import numpy", numpy, at_most=1.3),
        slowdown("a process: gradient as a table", table, "import numpy", numpy, at_most=1.6),
        slowdown("a process: `--help`", help, "import numpy", numpy),
        *beside_peers(),
    ]


def beside_peers() -> list[Result]:
    present = [name for name in SCRIPTS if peer(name)]
    runs = [script(SCRIPTS[name]) for name in present]
    ours, *theirs = medians(process(*GRADIENT, "json"), *runs, repeats=5)
    return [
        slowdown("a process: gradient as JSON", ours, name, time)
        for name, time in zip(present, theirs, strict=True)
    ]
