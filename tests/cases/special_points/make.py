"""Complete the case files with torch's answers: `python -m tests.cases.special_points.make`.

A new case needs `program` and `inputs`; what is missing of `gradient` and `second` is computed with torch and
written. A case in which gradcli gives something else fails its test until its entry says what is right
and, under `torch` or `jax`, why. `--show FAMILY ...` prints the cases in which the three do not agree.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from tests.primitives.special_points import FOLDER, Case, agrees, by_jax, by_torch, ours, read


def completed(case: Case) -> Case:
    if case.gradient is not None and case.second is not None:
        return case
    answer = by_torch(case)
    return case._replace(
        gradient=answer.gradient if case.gradient is None else case.gradient,
        second=answer.second if case.second is None else case.second,
    )


def table(values: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{name} = {value!r}" for name, value in values.items()) + " }"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def entry(case: Case) -> str:
    lines = ["[[case]]", f"program = {quoted(case.program)}"]
    lines += [
        f"{key} = {quoted(text)}" for key in Case._fields[-2:] if (text := getattr(case, key)) is not None
    ]
    lines += [
        f"{key} = {table(value)}" for key in Case._fields[1:4] if (value := getattr(case, key)) is not None
    ]
    lines += [
        f"{key} = {quoted(text)}" for key in Case._fields[4:6] if (text := getattr(case, key)) != "same"
    ]
    return "\n".join(lines) + "\n"


def show(case: Case) -> None:
    reference = ours(case)
    peers = [by_torch(case)] + ([by_jax(case)] if case.jax_program != "" else [])
    if not all(all(map(agrees, answer, reference)) for answer in peers):
        print(f"{case.program} at {dict(case.inputs)}", reference, *peers, sep="\n    ")


def main() -> None:
    chosen = sys.argv[2:]
    for path in sorted(FOLDER.glob("*.toml")):
        cases = read(path)
        if "--show" in sys.argv:
            for case in cases if not chosen or path.stem in chosen else ():
                show(case)
        else:
            path.write_text("\n".join(entry(completed(case)) for case in cases), "utf-8")


if __name__ == "__main__":
    main()
