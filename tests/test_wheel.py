"""The wheel works where there is neither a repository nor anything installed that it does not ask for."""

import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel and what the wheel asks for, nothing else."""
    home = tmp_path_factory.mktemp("home")
    run(sys.executable, "-m", "venv", "--without-pip", home / "env", cwd=home)
    interpreter = home / "env" / "bin" / "python"
    install = ("install", "-q", "--no-index", "--no-deps", "--no-compile", wheel)
    run(sys.executable, "-m", "pip", "--python", interpreter, *install, cwd=home)
    # Dependencies come from the running environment, linked one by one: no network, and what is undeclared is missing.
    site = next((home / "env" / "lib").glob("python*/site-packages"))
    (installed,) = site.glob("symdiff_engine-*.dist-info")
    link_dependencies(PathDistribution(installed), site)
    return interpreter


def link_dependencies(root: Distribution, site: Path) -> None:
    """Link into `site` every distribution that `root` requires without extras, and what those require."""
    waiting, seen = [root], {root.name}
    while waiting:
        for line in waiting.pop().requires or []:
            requirement = Requirement(line)
            if requirement.name in seen or not (
                requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ):
                continue
            seen.add(requirement.name)
            found = distribution(requirement.name)
            assert requirement.specifier.contains(found.version), f"{line}, but {found.version} is installed"
            waiting.append(found)
            for top in {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}:
                (site / top).symlink_to(Path(str(found.locate_file(top))))


def test_the_wheel_carries_types_and_grammar(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "symdiff/py.typed" in names
    assert "symdiff/grammar/formula.lark" in names


def test_the_wheel_parses_in_an_empty_environment(python, tmp_path):
    assert run(python, "-c", "from symdiff import parse; print(parse('2x'))", cwd=tmp_path).strip() in {"2*x", "2x"}


def test_the_tested_package_is_the_one_from_the_wheel(python, tmp_path):
    place = run(python, "-c", "import symdiff; print(symdiff.__file__)", cwd=tmp_path)
    assert Path(place).is_relative_to(python.parent.parent)


def test_the_command_differentiates_in_an_empty_environment(python, tmp_path):
    assert "2*x" in run(python.with_name("symdiff"), "diff", "x^2", cwd=tmp_path)
