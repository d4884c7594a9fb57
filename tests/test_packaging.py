"""The package as users get it: a checkout, an editable install and a wheel all run and find their grammar."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]

# The saved parser tables are found and fit the grammar exactly when Lark is not needed to rebuild them.
PARSE = (
    "import gradcli, sys; gradcli.compile('x + 1'); print(gradcli.__file__); sys.exit('lark' in sys.modules)"
)


def run(*command: object, cwd: Path) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(hook: str, folder: Path) -> Path:
    """What hatchling's `build_wheel`, `build_editable` or `build_sdist` makes in `folder`."""
    code = f"import sys; from hatchling.build import {hook}; print({hook}(sys.argv[1]))"
    output = run(sys.executable, "-c", code, folder, cwd=ROOT)
    return folder / output.split()[-1]


def install(wheel: Path, folder: Path) -> Path:
    """The folder of programs of a new virtual environment with this wheel and our own dependencies."""
    venv.create(folder, symlinks=True)
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        folder / "bin/python",
        "install",
        "-q",
        "--no-deps",
        wheel,
        cwd=folder,
    )
    variables = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=variables))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build_wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editable")
    return install(build("build_editable", folder), folder / "environment")


def test_wheel_contents(wheel):
    names = set(ZipFile(wheel).namelist())
    grammars = {f"gradcli/grammars/{path.name}" for path in (ROOT / "grammars").iterdir()}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gradcli").rglob("*.py")}
    assert grammars
    assert grammars | modules | {"gradcli/py.typed"} <= names
    assert {"gradcli/docs/tutorial.md"} <= names
    assert [name for name in names if name.endswith("/share/man/man1/gradcli.1")]
    assert not [name for name in names if name.startswith(("tests/", "docs/", "examples/"))]


def test_wheel_metadata(wheel):
    from gradcli._version import __version__

    with ZipFile(wheel) as archive:
        folder = f"gradcli-{__version__}.dist-info"
        assert f"Version: {__version__}\n" in archive.read(f"{folder}/METADATA").decode()
        assert "MIT License" in archive.read(f"{folder}/licenses/LICENSE").decode()


def test_the_version_is_the_same_everywhere():
    from gradcli._version import __version__

    assert f"\nversion: {__version__}\n" in (ROOT / "docs/CITATION.cff").read_text("utf-8")
    assert f"# Changelog\n\n## {__version__}\n" in (ROOT / "docs/changelog.md").read_text("utf-8")
    assert f"rev: v{__version__}\n" in (ROOT / "docs/ci.md").read_text("utf-8")


def test_source_distribution_can_be_tested(tmp_path):
    with tarfile.open(build("build_sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", ".ci/run", "tests/test_packaging.py"} <= names
    assert {f"grammars/{path.name}" for path in (ROOT / "grammars").iterdir()} <= names


def test_wheel_runs(installed, tmp_path):
    home = run(installed / "python", "-c", PARSE, cwd=tmp_path)
    assert Path(home.strip()).is_relative_to(installed.parent)


def test_editable_install_runs(editable, tmp_path):
    home = run(editable / "python", "-c", PARSE, cwd=tmp_path)
    assert Path(home.strip()).is_relative_to(ROOT)


def test_checkout_runs(tmp_path):
    shutil.copytree(ROOT / "gradcli", tmp_path / "gradcli")
    shutil.copytree(ROOT / "grammars", tmp_path / "grammars")
    home = run(sys.executable, "-c", PARSE, cwd=tmp_path)
    assert Path(home.strip()).is_relative_to(tmp_path)


@pytest.mark.parametrize("how", [["gradcli"], ["python", "-m", "gradcli"]], ids=" ".join)
def test_console_script_and_module_run(installed, tmp_path, how):
    program, *arguments = how
    gradient = ("grad", "2*dot(x,x)", "--x", "0,1,2,3", "--format", "json")
    output = run(installed / program, *arguments, *gradient, cwd=tmp_path)
    assert json.loads(output)["gradients"] == {"x": [0, 4, 8, 12]}


def test_the_wheel_has_the_tutorial(installed, tmp_path):
    assert "$ gradcli trace" in run(installed / "gradcli", "tutorial", "20", cwd=tmp_path)
