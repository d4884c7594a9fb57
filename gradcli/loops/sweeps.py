"""The functions that are generated for a loop: sweeps forward and back, each with or without tangents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradcli.loops.adjoint import Reverse
from gradcli.loops.backward import Backward
from gradcli.loops.control import Control, Forward
from gradcli.loops.outer_sums import OuterSum, outer_sums
from gradcli.loops.reader import Reading
from gradcli.loops.segments import Repeat, Stack, Variable
from gradcli.loops.tangent import Tangents


def forward(reading: Reading, stacks: Sequence[Stack], kind: type[Forward] = Forward) -> Control:
    """From the operands, a source, the steps left and stacks to the exits, the trips and the steps left."""
    function = kind("forward", saving=bool(stacks))
    origins = reading.origins
    exits = [each for _, each in reading.exits]
    _unpack_arrays(function, origins)
    _unset(function, [each for each in exits if each not in origins])
    function.block([reading.repeat])
    results = [*map(_result, exits), _trips(function, reading.repeat), "left", *function.extra_results]
    function.line(f"return ({', '.join(results)},)")
    function.takes([*(each.name for each in origins), "source", "left", *(each.name for each in stacks)])
    return function


def pushed(
    reading: Reading, stacks: Sequence[Stack], tangents: Tangents, kind: type[Forward] = Forward
) -> Control:
    """The same with tangents: of the operands behind them, of the exits behind those.

    With stacks, the values and the tangents that the reverse sweep needs are saved.
    """
    (repeat,) = tangents.block([reading.repeat])
    both = [*stacks, *tangents.stacks.values()] if stacks else []
    function = kind("pushed", saving=bool(stacks))
    origins = reading.origins
    moving = [each for each in origins if tangents.moves(each)]
    exits = [each for _, each in reading.exits]
    _unpack_arrays(function, [*origins, *map(tangents.place, moving)])
    _unset(function, [each for each in exits if each not in origins])
    for variable, place in tangents.places.items():
        if variable not in moving:
            function.line(f"{place.name} = {zeros(variable)}")
    function.block([repeat])
    moved = [_result(tangents.place(each)) if tangents.moves(each) else "None" for each in exits]
    function.line(f"return ({', '.join([*map(_result, exits), *moved])},)")
    names = [*(each.name for each in origins), *(tangents.place(each).name for each in moving)]
    function.takes([*names, "source", "left", *(each.name for each in both)])
    return function


def reverse(
    reading: Reading, stacks: Sequence[Stack], sweep: Reverse, kind: type[Backward] = Backward
) -> Control:
    """From given values and entries, trips, stacks and seeds to the cotangents of `sweep.wanted`."""
    function = kind("reverse")
    origins = reading.origins
    seeds = {each: f"seed_{each.name}" for each in sweep.seeded}
    _unpack_arrays(function, [symbol.origin for symbol in reading.given])
    function.outer_sums = outer_sums(sweep.block)
    outer_sum = function.object(OuterSum, "OuterSum")
    for origin, cotangent in sweep.cotangents.items():
        is_sum = cotangent in function.outer_sums
        start = f"{outer_sum}({origin.shape})" if is_sum else _start(origin, seeds.get(origin))
        function.line(f"{cotangent.name} = {start}")
    function.block(sweep.block)
    for cotangent in function.outer_sums:
        function.line(f"{cotangent.name} = {cotangent.name}.array()")
    results = [_cotangent(sweep, origin, seeds) for origin in sweep.wanted]
    function.line(f"return ({''.join(f'{each}, ' for each in results)})")
    function.takes(
        [*(each.name for each in origins), "trips", *(each.name for each in stacks), *seeds.values()]
    )
    return function


def pulled(
    reading: Reading,
    stacks: Sequence[Stack],
    sweep: Reverse,
    tangents: Tangents,
    kind: type[Backward] = Backward,
) -> Control:
    """The same with tangents: of the operands, on stacks, of the seeds, and at the end of the cotangents."""
    block = tangents.block(sweep.block)
    function = kind("pulled")
    origins = reading.origins
    moving = [each for each in origins if tangents.moves(each)]
    given = [symbol.origin for symbol in reading.given]
    both = [*stacks, *tangents.stacks.values()]
    seeds = {each: f"seed_{each.name}" for each in sweep.seeded}
    moved = {each: f"useed_{each.name}" for each in sweep.seeded}
    _unpack_arrays(function, [*given, *(tangents.place(each) for each in moving if each in given)])
    for origin, cotangent in sweep.cotangents.items():
        function.line(f"{cotangent.name} = {_start(origin, seeds.get(origin))}")
        function.line(f"{tangents.place(cotangent).name} = {_start(origin, moved.get(origin))}")
    function.block(block)
    results = [_cotangent(sweep, origin, seeds) for origin in sweep.wanted]
    for origin in sweep.wanted:
        own = sweep.cotangents.get(origin)
        if own is None or (isinstance(origin, Variable) and origin not in sweep.alive):
            results.append(moved.get(origin, "None") if own is None and _passes(sweep, origin) else "None")
        else:
            results.append(_result(tangents.place(own)))
    function.line(f"return ({''.join(f'{each}, ' for each in results)})")
    names = [*(each.name for each in origins), *(tangents.place(each).name for each in moving)]
    function.takes([*names, "trips", *(each.name for each in both), *seeds.values(), *moved.values()])
    return function


def _passes(sweep: Reverse, origin: Any) -> bool:
    """Whether a seed reaches the front of the loop as it is."""
    return not isinstance(origin, Variable) or origin in sweep.alive


def _cotangent(sweep: Reverse, origin: Any, seeds: dict[Any, str]) -> str:
    found = sweep.cotangents.get(origin)
    if not _passes(sweep, origin):
        return "None"
    return seeds.get(origin, "None") if found is None else _result(found)


def _trips(function: Forward, repeat: Repeat) -> str:
    return function.root_trips if repeat.counter is None else f"source[:{function.root_trips}]"


def _unset(function: Control, variables: Iterable[Variable]) -> None:
    """Variables that have no value before the loop."""
    for variable in variables:
        function.line(f"{variable.name} = None")


def _unpack_arrays(function: Control, origins: Iterable[Any]) -> None:
    for each in origins:
        if each.listed:
            function.line(f"{each.name} = {each.name}.tolist()")


def _result(variable: Variable) -> str:
    """A variable as a result."""
    if not variable.listed:
        return variable.name
    return f"np.array({variable.name}, dtype=np.float64).reshape({variable.shape})"


def _start(origin: Any, seed: str | None) -> str:
    """The cotangent of a variable or a given value to start from."""
    if seed is None:
        return zeros(origin)
    return f"{seed}.tolist()" if origin.listed else seed


def zeros(origin: Any) -> str:
    """Zeros of the form of a variable or a given value."""
    shape = np.shape(origin.sample)
    if not origin.listed:
        return f"np.zeros({shape})" if shape else "0.0"
    return f"[0.0] * {shape[0]}" if len(shape) == 1 else f"[[0.0] * {shape[1]} for _ in range({shape[0]})]"
