"""Sample points of linear algebra; references are NumPy's, SciPy's or definitions written out."""

import itertools

import mpmath
import numpy as np

RNG = np.random.default_rng(20)


def draw(*shape):
    return RNG.uniform(-1.5, 1.5, size=shape)


def definite(*shape):
    x = draw(*shape)
    return x @ np.swapaxes(x, -1, -2) + 2 * np.eye(shape[-1])


SQUARE = np.array([[2.0, -0.5, 0.75], [0.25, 1.5, -1.0], [-0.5, 1.25, -2.0]])
SQUARES = np.stack([SQUARE, SQUARE.T + np.eye(3)])
TALL, WIDE = draw(4, 2), draw(2, 4)
SYMMETRIC = np.diag([1.0, 2.5, 4.5]) + 0.2 * (SQUARE + SQUARE.T)
SINGULAR = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [-1.0, 0.5, 3.0]])
DOUBLY_SINGULAR = np.outer([1.0, -2.0, 0.5, 3.0], [2.0, 1.0, -1.0, 0.5]) + np.diag([1.0, 0.0, 0.0, 0.0])
RANKS = [
    (draw(3), draw(3)), (draw(2, 3), draw(3)), (draw(3), draw(3, 2)), (draw(2, 3), draw(3, 4)),
    (draw(2, 2, 3), draw(3)), (draw(3), draw(2, 3, 2)), (draw(2, 2, 3), draw(3, 2)),
    (draw(2, 3), draw(2, 3, 2)),
    (draw(2, 1, 2, 3), draw(3, 3, 1)), (draw(0, 3), draw(3, 2)), (draw(2, 0), draw(0, 2)),
]  # fmt: skip
SUBSCRIPTS = [
    ("ij,jk->ik", (2, 3), (3, 2)), ("ij,kj->", (2, 3), (1, 3)), ("ii->", (3, 3)), ("iij->j", (2, 2, 3)),
    ("iii->i", (2, 2, 2)), ("i,ij,j->", (2,), (2, 3), (3,)), ("ij->ji", (2, 3)),
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("i,j->ij", (2,), (3,)), (",i->i", (), (3,)), ("bij,bj->bi", (2, 2, 3), (2, 3)),
    ("ij,kl->ik", (2, 2), (2, 3)),
    ("i->", (0,)),
]  # fmt: skip


def unary(*values, **static):
    return [((x,), static) for x in values]


def number_or_array(*shape):
    return draw(*shape) if shape else 0.75


SAMPLES = {
    "matmul": [(pair, {}) for pair in RANKS],
    "dot": [((draw(3), draw(3)), {}), ((draw(0), draw(0)), {})],
    "outer": [((draw(2), draw(3)), {}), ((draw(1), draw(2)), {})],
    "cross": [((draw(3), draw(3)), {}), ((draw(2, 3), draw(3)), {}), ((draw(3), draw(2, 1, 3)), {})],
    "einsum": [
        (tuple(number_or_array(*shape) for shape in shapes), {"subscripts": text})
        for text, *shapes in SUBSCRIPTS
    ],
    "trace": [
        *unary(SQUARE, SQUARES, WIDE, offset=0), *unary(SQUARE, TALL, offset=-1), *unary(WIDE, offset=2)
    ],
    "inv": unary(SQUARE, SQUARES, np.array([[-2.5]])),
    "solve": [
        ((SQUARE, draw(3)), {}), ((SQUARE, draw(3, 2)), {}), ((SQUARES, draw(3, 2)), {}),
        ((SQUARE, draw(2, 3, 1)), {}), ((SQUARES[:, None], draw(2, 3, 2)), {}),
    ],
    "det": unary(SQUARE, SQUARES, SINGULAR, np.diag([2.0, 0.0, 0.0]), np.zeros((3, 3)), np.array([[-2.5]])),
    "cofactor": [
        *unary(SQUARE, SQUARES, SINGULAR, np.zeros((3, 3)), np.array([[0.0]]), draw(4, 4), np.zeros((4, 4)),
        DOUBLY_SINGULAR, draw(2, 2), draw(2, 4, 4)),
        ((SQUARE, draw(3, 3)), {}), ((SINGULAR, draw(3, 3)), {}), ((SQUARES, draw(2, 3, 3)), {}),
        ((SQUARE, draw(3, 3), draw(3, 3)), {}), ((draw(4, 4), draw(4, 4), draw(4, 4)), {}),
        ((DOUBLY_SINGULAR, draw(4, 4)), {}),
        ((draw(2, 4, 4), draw(2, 4, 4)), {}), ((draw(2, 2), draw(2, 2)), {}),
        ((draw(2, 2), draw(2, 2), draw(2, 2)), {}),
        ((np.diag([2.0, 0.0, 0.0]), draw(3, 3)), {}),
    ],
    "slogdet": unary(SQUARE, SQUARES, -SQUARE),
    "cholesky": unary(
        definite(3, 3), definite(2, 3, 3), definite(2, 2) + np.array([[0.0, 0.3], [-0.3, 0.0]])
    ),
    "qr": unary(SQUARE, TALL, SQUARES),
    "pinv": [*unary(SQUARE, TALL, WIDE, SQUARES, rtol=1e-15)],
    "expm": [
        *unary(SQUARE, SQUARES, np.zeros((2, 2))), ((SQUARE, draw(3, 3)), {}), ((SQUARES, draw(2, 3, 3)), {}),
        ((0.5 * SQUARE, draw(3, 3), draw(3, 3)), {}),
    ],
    "eigh": unary(SYMMETRIC, SYMMETRIC + np.triu(SYMMETRIC, 1), np.stack([SYMMETRIC, -SYMMETRIC])),
    "ties": [((np.array([1.0, 1.0, 2.0]),), {}), ((np.array([[0.0, 0.0], [1.0, 1.0 + 1e-12]]),), {})],
    "eigen_combination": [
        ((SYMMETRIC, draw(3)), {}), ((np.stack([SYMMETRIC, -SYMMETRIC]), draw(2, 3)), {}),
        ((SYMMETRIC + np.triu(SYMMETRIC, 1), draw(3)), {}),
    ],
    "singular_combination": [
        ((SQUARE, draw(3)), {}), ((TALL, draw(2)), {}), ((WIDE, draw(2)), {}), ((SQUARES, draw(2, 3)), {}),
    ],
    # No column to complete: the derivative of more is NaN (tests/primitives/test_linalg.py).
    "svd_complement": unary(SQUARE, SQUARES, side="left"),
    "eigvalsh": unary(SYMMETRIC, np.stack([SYMMETRIC, -SYMMETRIC])),
    "svd": [*unary(SQUARE, TALL, WIDE, SQUARES, full=False), *unary(TALL, WIDE, full=True)],
    "svdvals": unary(SQUARE, TALL, WIDE, SQUARES),
}  # fmt: skip


def by_leibniz(x):
    """The definition, in any arithmetic."""
    n = len(x)
    total = 0.0
    for images in itertools.permutations(range(n)):
        sign = np.linalg.det(np.eye(n)[list(images)])
        total += sign * np.prod([x[i][images[i]] for i in range(n)])
    return total


def determinants(x):
    return [by_leibniz(each) for each in x] if x.ndim > 2 else by_leibniz(x)


def mixed_cofactor(x, *directions):
    """Cofactors are signed minors; a derivative of these polynomials is a sum over values at whole steps."""
    if x.ndim > 2:
        return np.stack([mixed_cofactor(*each) for each in zip(x, *directions, strict=True)])
    if directions:
        *others, last = directions
        nodes = np.arange(-len(x), len(x) + 1.0)
        values = np.stack([mixed_cofactor(x + t * last, *others) for t in nodes])
        weights = np.linalg.solve(np.vander(nodes, increasing=True).T, np.eye(len(nodes))[1])
        return np.tensordot(weights, values, 1)
    rows = range(len(x))
    minors = [[np.delete(np.delete(x, i, 0), j, 1) for j in rows] for i in rows]
    return np.array([[(-1) ** (i + j) * by_leibniz(minors[i][j]) for j in rows] for i in rows])


def exponential(x, *directions):
    """In 40 digits; derivatives by complex-free central differences of that many digits."""
    if x.ndim > 2:
        return np.stack([exponential(*each) for each in zip(x, *directions, strict=True)])
    with mpmath.workdps(60):
        value = _exponential(mpmath.matrix(x), [mpmath.matrix(each) for each in directions])
        return np.array(value.tolist(), dtype=float)


def _exponential(x, directions):
    if not directions:
        return mpmath.expm(x, method="taylor")
    h = mpmath.mpf(10) ** -12
    *others, last = directions
    return (_exponential(x + h * last, others) - _exponential(x - h * last, others)) / (2 * h)


def symmetric(x):
    return (x + np.swapaxes(x, -1, -2)) / 2


def combined_eigenvectors(x, g):
    _, v = np.linalg.eigh(symmetric(x))
    return np.einsum("...ik,...k,...jk->...ij", v, g, v)


def combined_singular_vectors(x, g):
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return np.einsum("...ik,...k,...kj->...ij", u, g, vt)


REFERENCES = {
    "matmul": np.matmul,
    "dot": lambda x, y: sum(x * y),
    "outer": lambda x, y: np.array([[a * b for b in y] for a in x]),
    "cross": np.cross,
    "einsum": lambda *x, subscripts: np.einsum(subscripts, *x),
    "trace": lambda x, offset: np.diagonal(x, offset, -2, -1).sum(-1),
    "inv": lambda x: np.linalg.solve(x, np.broadcast_to(np.eye(x.shape[-1]), x.shape)),
    "solve": lambda a, b: np.linalg.inv(a) @ b,
    "det": determinants,
    "cofactor": mixed_cofactor,
    "slogdet": lambda x: (np.sign(np.linalg.det(x)), np.log(abs(np.linalg.det(x)))),
    "cholesky": lambda x: np.linalg.cholesky(symmetric(x)),
    "qr": np.linalg.qr,
    "pinv": lambda x, rtol: np.linalg.pinv(x),
    "expm": exponential,
    "eigh": lambda x: np.linalg.eigh(symmetric(x)),
    "ties": lambda x: (x[..., None, :] == x[..., None]) & ~np.eye(x.shape[-1], dtype=bool),
    "eigen_combination": combined_eigenvectors,
    "singular_combination": combined_singular_vectors,
    "svd_complement": lambda x, side: np.zeros((*x.shape[:-1], 0)),
    "eigvalsh": lambda x: np.linalg.eigvalsh(symmetric(x)),
    "svd": lambda x, full: np.linalg.svd(x, full_matrices=False),
    "svdvals": lambda x: np.linalg.svd(x, compute_uv=False),
}
NO_REFERENCE = {}
