"""Advice about words that mean nothing here, or something else than elsewhere; loaded for messages only."""

from __future__ import annotations

from gradcli.errors import nearest
from gradcli.language import tree
from gradcli.language.characters import latin_twin


def _each(words: str, advice: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), advice)


_DEFINE = "a function is defined by def f(x) { return … }"
_ASSIGN = "a name is assigned without a word before it: y = …"
_CHOOSE = "write if a == 1 { … } elif a == 2 { … } else { … }"
_BRACES = "statements are grouped by indentation or by braces"
_COMMANDS = "derivatives are asked for by commands: gradcli grad, gradcli diff"

# Words of other languages that stand before a name, ...
BEFORE_NAMES = {
    **_each("function func fn fun define", _DEFINE),
    **_each("let var const auto set local val", _ASSIGN),
    **_each("match switch case", _CHOOSE),
    **_each("begin do repeat", _BRACES),
    **_each("print disp echo", "the value of the last expression is printed"),
    "dx": _COMMANDS,
    "foreach": "write for row in A { … }",
    "lim": "there are no limits",
}
# ... and words that stand after an expression.
AFTER_EXPRESSIONS = {
    **_each("elseif elsif", "write `elif`"),
    **_each("mod rem", "write `a % b`"),
    **_each("do begin end fi done", _BRACES),
    "div": "write `a // b`",
    "then": "write `a if condition else b`, or if condition { … } else { … }",
    "where": "what is used must be defined before",
    "xor": "write `a != b`",
}

_GROWING = (
    "a list does not grow: make it at once, [f(i) for i in range(n)], "
    "or fill an array, b = zeros(n), by b[i] = …"
)
_NO_TYPES = "every value is a number or an array of numbers"
_NO_OUTSIDE = "a program reaches its inputs and the functions that `gradcli functions` lists, nothing else"
_NO_MODULES = "layers are written out: relu(x @ W.T + b)"
_FOLD = "write a loop, or sum(…), prod(…), max(…) for the usual ones"
_SEED = "random numbers are begun by the option --seed"
_NO_FOURIER = "there are no complex numbers, so there is no Fourier transform"
_PRECISION = "leave it out: every number is float64"

# Functions and methods of Python, NumPy, torch and JAX that the language does not have.
ABSENT = {
    **_each("append extend insert pop", _GROWING),
    **_each("isinstance type str repr complex callable format ord", _NO_TYPES),
    **_each("open eval exec input getattr setattr globals vars", _NO_OUTSIDE),
    **_each("dict frozenset defaultdict", "there are no sets and dictionaries"),
    "set": "there are no sets; entries are assigned by x[0] = value",
    **_each("items keys values parameters", "a part of a structure is named: params.W"),
    **_each("grad value_and_grad gradient derivative jvp vjp", _COMMANDS),
    "backward": "leave it out: gradcli grad differentiates the last expression, gradcli vjp --v V weighs it",
    **_each("zero_grad step SGD Adam", "a step is written out: w = w - rate*g"),
    "zero_": "gradients begin at 0 by themselves; an array of zeros is zeros_like(x)",
    "fill_": "nothing changes in place: write x = full_like(x, value)",
    **_each("normal_ uniform_", "nothing changes in place: write normal(0, 1, x.shape)"),
    "Variable": "leave it out: its value is enough",
    "device": "leave it out: there is one device",
    "dropout": "leave it out, or write the random mask: x*(rand_like(x) > p)/(1 - p)",
    "batch_norm": "write it out: (x - mean)/sqrt(var + eps)*weight + bias",
    **_each("conv1d correlate", "convolve(x, w) is the convolution of two vectors"),
    **_each("masked_select nonzero", "write x[x > 0]"),
    "conjugate": "leave it out: there are no complex numbers",
    "apply": "functions work on every entry: f(x)",
    **_each("jacobian jacfwd jacrev jacobi", "ask for it by a command: gradcli jacobian"),
    **_each("hessian hess", "ask for it by a command: gradcli hessian"),
    **_each("Linear Conv2d Embedding LSTM LayerNorm BatchNorm1d Dropout", _NO_MODULES),
    **_each("reduce fori_loop while_loop scan accumulate", _FOLD),
    **_each("seed manual_seed PRNGKey default_rng", _SEED),
    **_each("fft ifft rfft irfft fft2", _NO_FOURIER),
    **_each("to astype type_as half int64 long", _PRECISION),
    **_each("print disp", "the value of the last expression is printed; `gradcli trace` shows each step"),
    **_each("quad integrate", "there are no integrals; trapezoid(y, x) adds up"),
    **_each("reduce_sum reduce_mean reduce_max reduce_min", "write `sum`, `mean`, `max`, `min`"),
    **_each("vmap jit vectorize", "leave it out: functions work on every entry of an array"),
    **_each("compile checkpoint", "leave it out"),
    "arange_like": "write arange(len(x))",
    "arsinh": "did you mean `asinh`?",
    "arcosh": "did you mean `acosh`?",
    "artanh": "did you mean `atanh`?",
    "arctg": "did you mean `arctan`?",
    "cond": "write `a if condition else b`",
    "filter": "write [v for v in x if condition]",
    "iif": "write `a if condition else b`",
    "ifelse": "write where(condition, a, b)",
    "length": "did you mean `len`?",
    "lg": "did you mean `log10` or `log2`?",
    "map": "write [f(v) for v in x]",
    "next": "write a loop",
    "pdf": "write it out: exp(-x**2/2)/sqrt(2*pi)",
    "root": "write x**(1/n), sqrt(x) or cbrt(x)",
    "sqr": "did you mean `square` or `sqrt`?",
    "ternary": "write `a if condition else b`",
    "σ": "did you mean `sigmoid`?",
    "Σ": "did you mean `sum`?",
    "Π": "did you mean `prod`?",
    "Γ": "did you mean `gamma`?",
    "tg": "did you mean `tan`?",
    "ctg": "did you mean `cot`?",
    "cotan": "did you mean `cot`?",
    "cosec": "did you mean `csc`?",
}

PREFIXES = "leave it out; the prefixes are `np.`, `jnp.`, `torch.`, `F.`, `math.` and `scipy.special.`"

ABSENT_ATTRIBUTES = {
    **_each("grad requires_grad", _COMMANDS),
    **_each("data values", "leave it out; `.detach()` makes a constant"),
    "H": "write `.mT`",
    "I": "write inv(A)",
    "dtype": "every number is float64",
    "length": "write len(x)",
}

# Modules that are no prefix of the language, though programs elsewhere begin so.
_MODULES = (
    "tf tensorflow keras mx paddle pd plt stats sympy sp cmath Math std functools operator random itertools"
)
MODULES = frozenset(_MODULES.split())
_LIBRARIES = frozenset(["np", "numpy", "jnp", "jax", "torch", "math"])  # prefixes that are no likely inputs

# Names that a program hardly means as inputs.
NO_INPUTS = {
    **_each("PI Pi π M_PI", "the constant is `pi`"),
    **_each("E M_E ℯ", "the constant is `e`"),
    **_each("NaN NAN Nan NA", "the constant is `nan`"),
    **_each("Inf INF Infinity INFINITY", "the constant is `inf`"),
    **_each("true TRUE", "the constant is `True`"),
    **_each("false FALSE", "the constant is `False`"),
    **_each("null nil NULL undefined", "there are only numbers"),
    "T": "the transpose of `A` is `A.T`",
    "__name__": "leave out `if __name__ …`: the last expression is the program's value",
    "end": "the last entry is `x[-1]`; blocks end by indentation or braces",
}


def for_unknown(name: str, *, is_alone: bool) -> str:
    """What to write instead of an unknown function or method; one without a dot before it `is_alone`."""
    from gradcli.language.library import known_names, method

    if name in ABSENT:
        return ABSENT[name]
    if name.endswith("_") and method(name[:-1]) is not None:
        return f"nothing changes in place: write x = x.{name[:-1]}(…)"
    guess = nearest(name, known_names())
    if guess is not None:
        return f"did you mean `{guess}`?"
    if is_alone:
        return f"define it by def {name}(…) {{ return … }}; to multiply, write `{name}*(…)`"
    return "`gradcli functions` lists the functions there are"


def for_no_value(module: tree.Module) -> str:
    """What to add to a program that only assigns."""
    last = module.body[-1]
    if isinstance(last, tree.Assign) and isinstance(last.targets[-1], tree.Name):
        name = last.targets[-1].name
        return f"end it with the expression to differentiate, on a line of its own or after `;`: `; {name}`"
    if len(module.body) == 1 and isinstance(last, tree.Pass):
        return "write the expression to differentiate, without quotes around it"
    return "end it with the expression to differentiate, on a line of its own or after `;`"


def for_attribute(name: str) -> str:
    """What to write instead of an attribute that a number or an array does not have."""
    from gradcli.language.library import ATTRIBUTES, method

    if name in ABSENT_ATTRIBUTES:
        return ABSENT_ATTRIBUTES[name]
    if method(name) is not None:
        return f"a function is called: `.{name}()`"
    guess = nearest(name, ATTRIBUTES)
    return (
        f"did you mean `.{guess}`?"
        if guess
        else "the attributes of an array are `T`, `mT`, `shape`, `size`, `ndim`"
    )


def for_input(name: str) -> str | None:
    """What may have been meant by a name that the program reads and nobody gives."""
    from gradcli.language.library import table_function

    if name in MODULES:
        return f"`{name}.` is no prefix of functions here"
    if name in _LIBRARIES:
        return f"what follows `{name}.` is no function or constant that is known here"
    if name in NO_INPUTS:
        return NO_INPUTS[name]
    if (twin := latin_twin(name)) is not None:
        return f"`{name}` is not written in the Latin letters of `{twin}`, which it looks like"
    function = table_function(name, "") or table_function(name.lower(), "")
    return f"a call of the function is `{function.signature}`" if function else None
