"""The index of names is what the modules define, and tables listed are tables filled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradcli.primitives import function_index
from gradcli.primitives.registry import Registry
from gradcli.primitives.table import FUNCTIONS

COMMAND = "from gradcli.primitives.registry import index_text; print(index_text(), end='')"


def test_index_is_what_the_modules_define() -> None:
    made = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True).stdout
    committed = Path(str(function_index.__file__)).read_text(encoding="utf-8")
    assert made == committed, "run `python -m gradcli.primitives.registry`"


def test_looking_up_a_name_imports_its_module_alone() -> None:
    script = (
        "import sys\n"
        "from gradcli.primitives.table import FUNCTIONS\n"
        "assert 'svd' in FUNCTIONS and 'no such name' not in FUNCTIONS\n"
        "assert not any('spectral' in name for name in sys.modules)\n"
        "FUNCTIONS['svd']\n"
        "assert any('spectral' in name for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_listing_imports_everything() -> None:
    assert set(function_index.MODULE_OF) <= set(FUNCTIONS)
    assert len(FUNCTIONS) == len(list(FUNCTIONS.items())) == len(FUNCTIONS.values()) == len(FUNCTIONS.keys())


def test_a_name_that_is_taken_is_refused() -> None:
    table: Registry[int] = Registry({})
    table.enter("f", 1)
    with pytest.raises(ValueError, match="defined twice"):
        table.enter("f", 2)
