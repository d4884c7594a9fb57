"""What a command is asked to do: programs, the values of their inputs, and what to differentiate by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gradcli.commands.options import Settings, assignment, names_of
from gradcli.commands.programs import read_as_program
from gradcli.errors import InputError, LimitError, UsageError, nearest
from gradcli.language.strict_json import Data
from gradcli.language.values import normalised, parse_value
from gradcli.program import Program, compile
from gradcli.recording import Recording
from gradcli.records import NamedTuple
from gradcli.reports import Run

_BRIEF = 100_000  # operations that are run once more, recorded, to explain a value


class Request(NamedTuple):
    """Compiled programs with everything that a run of them needs."""

    programs: tuple[Program, ...]
    inputs: dict[str, Data]
    wrt: tuple[str, ...] | None
    const: tuple[str, ...]
    settings: Settings
    notes: tuple[str, ...]
    declared: Mapping[str, str] = MappingProxyType({})  # inputs of which only the kind is known
    texts: Mapping[str, str] = MappingProxyType({})  # what the options that gave values said

    @property
    def program(self) -> Program:
        """The one program of a command that takes one."""
        return self.programs[0]

    def inputs_of(self, program: Program) -> dict[str, Data]:
        """The values that one of the programs uses."""
        if len(self.programs) == 1:
            return self.inputs
        names = {*program.inputs, *program.optional}
        return {name: value for name, value in self.inputs.items() if name in names}

    def evaluate(self, program: Program) -> dict[str, Data]:
        """The outputs of a program by name, computed without recording."""
        settings = self.settings
        return program.evaluate(
            self.inputs_of(program),
            seed=settings.seed,
            max_steps=settings.max_steps,
            max_elements=settings.max_elements,
        )

    def nonfinite_notes(self, program: Program) -> tuple[str, ...]:
        """Where numbers that are not finite arose in the value of a program; nothing for a long run."""
        brief = self.settings._replace(max_steps=min(self.settings.max_steps, _BRIEF))
        try:
            return self._replace(settings=brief).record(program).value_notes
        except LimitError:
            return ()

    def record(self, program: Program, unrolled: bool = False) -> Recording:
        """One recorded run of a program, to be differentiated; `unrolled` to look into its loops."""
        settings = self.settings
        return program.record(
            self.inputs_of(program),
            wrt=self.wrt,
            const=self.const,
            unrolled=unrolled,
            seed=settings.seed,
            max_steps=settings.max_steps,
            max_elements=settings.max_elements,
        )

    def gradient(self, program: Program) -> tuple[Run, dict[str, Data]]:
        """The run of a scalar program, as `grad` reports it, and its gradient."""
        found = program.at_numbers(
            self.inputs_of(program), self.wrt, self.const, max_steps=self.settings.max_steps
        )
        if found is not None:
            return self.run("grad", program, {"": found[0]}), found[1]  # type: ignore[return-value]
        recording = self.record(program)
        gradients = recording.grad()
        return self.run("grad", program, recording.outputs, recording.notes), gradients

    def run(
        self, command: str, program: Program, outputs: Mapping[str, Data], notes: tuple[str, ...] = ()
    ) -> Run:
        """What a report tells about the run of a program."""
        return Run(command, program.source.text, self.inputs_of(program), outputs, (*self.notes, *notes))

    def drawn(self, seed: int) -> Request:
        """The same with every random draw among the values made anew."""
        settings = self.settings._replace(seed=seed)
        texts = {name: text for name, text in self.texts.items() if not text.startswith("@")}
        values = {name: option_value(f"--{name}", text, settings) for name, text in texts.items()}
        return self._replace(inputs={**self.inputs, **values})

    def value(self, text: str, option: str) -> Data:
        """The value of an option's text, such as the vector of `--v`."""
        return option_value(option, text, self.settings)


def make_request(
    programs: tuple[Program, ...],
    given: Mapping[str, str | None],
    params: Mapping[str, Any],
    settings: Settings,
    tool: Iterable[str],
    kinds: Collection[str] = (),
) -> Request:
    """Read every value and check that each program has the inputs it needs.

    `given` are the variables set by options of their own, `tool` the names that the tool's options take.
    Where there are `kinds`, one of these words declares an input without giving a value, and none is needed.
    """
    texts = {name: text for name, text in given.items() if text is not None}
    texts |= _assignments(params["var"], texts, programs)
    inputs, unused = _from_file(params["inputs"], programs)
    declared = {name: text for name, text in texts.items() if text in kinds}
    valued = {name: text for name, text in texts.items() if name not in declared}
    for name, text in valued.items():
        if kind := text.isidentifier() and nearest(text, kinds):
            raise InputError(f"the value of --{name} is no kind: `{text}`", help=f"did you mean `{kind}`?")
    inputs |= {name: option_value(f"--{name}", text, settings) for name, text in valued.items()}
    if not kinds:
        _check_missing(programs, inputs, unused, tool)
    return Request(
        programs=programs,
        inputs=inputs,
        wrt=names_of(params["wrt"]) if params.get("wrt") else None,
        const=names_of(params.get("const", ())),
        settings=settings,
        notes=tuple(f"the program does not use `{name}` of {params['inputs']}" for name in unused),
        declared=declared,
        texts=valued,
    )


def option_value(option: str, text: str, settings: Settings) -> Data:
    """The value of an option's text; each option draws its own random numbers from the one seed."""

    def evaluate(expression: str) -> Data:
        program = compile(expression, option)
        if program.inputs:
            names = ", ".join(f"`{name}`" for name in program.inputs)
            from gradcli.language.advice import for_input

            raise InputError(
                f"the value of {option} uses {names}",
                source=program.source,
                span=program.source.first_use(program.inputs[0]),
                help=for_input(program.inputs[0]) or "a value is a number or an expression without variables",
            )
        seed = settings.seed + (int.from_bytes(option.encode()) << 64)
        limits = {"max_steps": settings.max_steps, "max_elements": settings.max_elements}
        return normalised(program.value({}, seed=seed, **limits))

    return parse_value(text, option, evaluate)


def _names(programs: Iterable[Program]) -> list[str]:
    return list(dict.fromkeys(name for each in programs for name in (*each.inputs, *each.optional)))


def _assignments(
    words: Iterable[str], given: Mapping[str, str], programs: Iterable[Program]
) -> dict[str, str]:
    """The variables set by `--var NAME=VALUE`."""
    known = _names(programs)
    assigned: dict[str, str] = {}
    for word in words:
        name, text = assignment("--var", word)
        if name in assigned or name in given:
            raise UsageError(f"the variable `{name}` is given twice")
        if name not in known:
            close = nearest(name, known)
            raise InputError(
                f"there is no variable `{name}`", help=f"did you mean `{close}`?" if close else None
            )
        assigned[name] = text
    return assigned


def _from_file(path: str | None, programs: Iterable[Program]) -> tuple[dict[str, Data], list[str]]:
    """The inputs in a file that the programs use, and the names of those that they do not."""
    if path is None:
        return {}, []
    from gradcli.language.files import read_inputs_file

    known = set(_names(programs))
    values = read_inputs_file(path)
    used = {name: value for name, value in values.items() if name in known}
    return used, [name for name in values if name not in known]


def _check_missing(
    programs: Iterable[Program], inputs: Mapping[str, Data], unused: list[str], tool: Iterable[str]
) -> None:
    """Raise one error that names every input without a value, and how to give each."""
    missing = list(dict.fromkeys(name for each in programs for name in each.inputs if name not in inputs))
    if not missing:
        return
    from gradcli.language.advice import for_input

    reserved = {*tool, "help"}
    words = {each.source.text for each in programs}
    names = ", ".join(f"`{name}`" for name in missing)
    options = " ".join(f"--var {name}=VALUE" if name in reserved else f"--{name} VALUE" for name in missing)
    reasons = [
        *(
            f"--{name} is an option of the tool, so --var sets the variable"
            for name in missing
            if name in reserved
        ),
        *(f"-{name} was read as a program" for name in missing if f"-{name}" in words),
        *(reason for word in words if (reason := read_as_program(word))),
        *(f"is `{found}` of the inputs file meant?" for name in missing if (found := nearest(name, unused))),
        *(advice for name in missing if (advice := for_input(name))),
    ]
    plural = "values for the inputs" if len(missing) > 1 else "a value for the input"
    raise InputError(f"the program needs {plural} {names}", help="; ".join([f"add {options}", *reasons]))
