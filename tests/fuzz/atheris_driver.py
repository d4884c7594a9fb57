"""`python -m tests.fuzz.atheris_driver CORPUS [libFuzzer's options]` looks for inputs that reach new code.

Where Hypothesis draws command lines at random, libFuzzer keeps every input that takes a path not seen before,
in the folder CORPUS, and changes it further. What breaks the promise of `tests.fuzz.promise` is printed as a
line for tests/fuzz/findings.jsonl, once for each message, and the run goes on. Needs the extra `fuzz`.
"""

from __future__ import annotations

import pkgutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzz.wild import CommandLine

NOT_IMPORTED = ("gradcli.__main__", "gradcli.pytest_plugin")


def instrumented() -> ModuleType:
    """The module that turns bytes into command lines; by then the whole package counts its paths."""
    import atheris

    with atheris.instrument_imports(include=["gradcli"]):
        for found in pkgutil.walk_packages(import_module("gradcli").__path__, "gradcli."):
            if found.name not in NOT_IMPORTED:
                import_module(found.name)
        return import_module("tests.fuzz.inputs")


def examiner() -> Callable[[CommandLine, Path], None]:
    """What checks a command line, and tells when it breaks the promise in a way not seen before."""
    from tests.fuzz import promise
    from tests.fuzz.__main__ import Campaign

    campaign = Campaign()

    def examine(line: CommandLine, folder: Path) -> None:
        try:
            promise.check(line, folder)
        except (Exception, promise.HungError) as error:
            campaign.tell(line, error)

    return examine


def main() -> None:
    inputs = instrumented()
    import atheris

    kept = Path(sys.argv[1])
    kept.mkdir(exist_ok=True)
    for number, data in enumerate(inputs.seeds()):
        (kept / f"seed-{number}").write_bytes(data)
    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup(sys.argv, inputs.examined(Path(folder), examiner()))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
