"""Sample points of the shape, indexing and creation primitives; references are NumPy's."""

import numpy as np

RNG = np.random.default_rng(7)


def draw(*shape):
    return RNG.uniform(-2.0, 2.0, size=shape)


VECTOR, MATRIX, CUBE = draw(4), draw(3, 4), draw(2, 3, 4)
MASK = np.array([[True, False, True, False], [False, False, True, True], [False, False, False, False]])
ROWS = np.array([2, 0, 2, 2])
INDICES = [
    (VECTOR, 1), (VECTOR, -1), (MATRIX, 2), (MATRIX, (1, 2)), (MATRIX, (1, -1)),
    (MATRIX, slice(None, None, -1)),
    (MATRIX, (slice(None), slice(3, 0, -2))), (MATRIX, (Ellipsis, 0)), (MATRIX, (None, 1)),
    (VECTOR, slice(2, 2)), (CUBE, (Ellipsis, None, slice(1, 3))), (MATRIX, ROWS), (MATRIX, MASK),
    (MATRIX, (ROWS, np.array([0, 3, 0, 1]))), (CUBE, (slice(None), ROWS)), (CUBE,
    (0, slice(None), np.array([1, 1]))),
    (CUBE, (np.array([[0], [1]]), slice(None), np.array([[0, 0, 3]]))), (VECTOR, (0, Ellipsis)),
    (MATRIX, (slice(None), np.array([True, False, False, True]))), (2.5, None), (2.5, Ellipsis),
]  # fmt: skip
WRITES = [
    (VECTOR, 1.5, 2), (VECTOR, 0.5, slice(1, 3)), (MATRIX, draw(4), 1), (MATRIX, draw(4), slice(0, 2)),
    (MATRIX, draw(2, 1), (slice(0, 2), slice(None, None, -1))), (MATRIX, 3.0, MASK), (MATRIX, draw(4), MASK),
    (CUBE, draw(2, 2, 4), (slice(None), np.array([2, 0]))), (VECTOR, draw(2), np.array([3, 1])),
    (MATRIX, 1.0, Ellipsis),
]  # fmt: skip


def indexed(x, index):
    return np.asarray(x)[index]


def assigned(x, value, index):
    result = np.array(x)
    result[index] = value
    return result


def added_at(value, index, shape):
    result = np.zeros(shape)
    for place, entry in zip(np.argwhere(np.ones(np.shape(result[index]))), np.ravel(value), strict=True):
        result.flat[np.arange(result.size).reshape(shape)[index][tuple(place)]] += entry
    return result


SAMPLES = {
    "broadcast_to": [
        ((2.0,), {"shape": (2, 3)}), ((VECTOR,), {"shape": (3, 4)}), ((draw(3, 1),), {"shape": (2, 3, 4)}),
    ],
    "reshape": [((MATRIX,), {"shape": (2, 6)}), ((2.0,), {"shape": (1, 1)}), ((draw(1, 1),), {"shape": ()})],
    "transpose": [
        ((CUBE,), {"axes": (2, 0, 1)}), ((MATRIX,), {"axes": (1, 0)}), ((MATRIX,), {"axes": (0, 1)}),
    ],
    "sum": [
        ((CUBE,), {"axis": (0, 2), "keepdims": False}), ((CUBE,), {"axis": (1,), "keepdims": True}),
        ((VECTOR,), {"axis": (0,), "keepdims": False}), ((draw(0, 3),), {"axis": (0,), "keepdims": False}),
        ((2.0,), {"axis": (), "keepdims": False}), ((draw(0),), {"axis": (0,), "keepdims": False}),
    ],
    "getitem": [((x,), {"index": index}) for x, index in INDICES],
    "setitem": [((x, value), {"index": index}) for x, value, index in WRITES],
    "scatter_add": [
        ((indexed(x, index) * 1.5 + 0.25,), {"index": index, "shape": np.shape(x)})
        for x, index in INDICES
        if np.ndim(x)
    ],
    "stack": [
        ((1.0, 2.5, -0.5), {}), ((1.0, 2, True), {"axis": 0}), ((VECTOR, draw(4)), {"axis": 1}),
        ((CUBE, draw(2, 3, 4)), {"axis": 2}), ((VECTOR,), {"axis": 0}),
    ],
    "concatenate": [
        ((VECTOR, draw(2)), {"axis": 0}), ((MATRIX, draw(3, 1), MATRIX), {"axis": 1}),
        ((VECTOR, draw(0)), {"axis": 0}),
    ],
    "pad": [((MATRIX,), {"widths": ((1, 0), (2, 1))}), ((VECTOR,), {"widths": ((0, 3),)})],
    "take_along_axis": [
        ((MATRIX, np.array([[1, 1, 0, 3]])), {"axis": 1}), ((MATRIX, np.array([[2, 0, 1, 2]])), {"axis": 0}),
        ((VECTOR, np.array([3, 3, 0])), {"axis": 0}),
    ],
    "put_along_axis": [
        ((draw(1, 4), np.array([[1, 1, 0, 3]])), {"axis": 1, "shape": (3, 4)}),
        ((draw(3), np.array([3, 3, 0])), {"axis": 0, "shape": (4,)}),
    ],
    "linspace": [
        ((0.5, 2.0), {"num": 5, "endpoint": True}), ((0.5, 2.0), {"num": 3, "endpoint": False}),
        ((draw(3), 1.0), {"num": 4, "endpoint": True}), ((draw(2, 1), draw(3)), {"num": 2, "endpoint": True}),
        ((0.5, 2.0), {"num": 1, "endpoint": True}), ((0.5, 2.0), {"num": 0, "endpoint": True}),
    ],
}  # fmt: skip


def picked(x, indices, axis):
    grid = np.indices(indices.shape)
    return x[tuple(indices if i == axis else grid[i] for i in range(x.ndim))]


def put(values, indices, axis, shape):
    result = np.zeros(shape)
    for place in np.ndindex(*indices.shape):
        target = tuple(indices[place] if i == axis else n for i, n in enumerate(place))
        result[target] += values[place]
    return result


REFERENCES = {
    "broadcast_to": np.broadcast_to,
    "reshape": np.reshape,
    "transpose": np.transpose,
    "sum": np.sum,
    "getitem": indexed,
    "setitem": assigned,
    "scatter_add": added_at,
    "stack": lambda *values, axis=0: np.stack(values, axis),
    "concatenate": lambda *values, axis: np.concatenate(values, axis),
    "pad": lambda x, widths: np.pad(x, widths),
    "take_along_axis": picked,
    "put_along_axis": put,
    "linspace": np.linspace,
}
