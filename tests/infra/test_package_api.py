"""The api's package: what is in it, what may not be, and that it runs without the rest of the repository."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import package_api
from scripts.package_api import (
    ROOT,
    SITE_PACKAGES,
    PackageError,
    check,
    copy_sources,
    published_files,
    remove_unused,
    write_zip,
)


def write(folder: Path, *files: str, text: str = "x") -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)


@pytest.fixture(scope="module")
def published() -> set[str]:
    return {file.as_posix() for file in published_files(ROOT)}


def test_the_service_is_in_it(published: set[str]) -> None:
    assert {"function_app.py", "host.json", "requirements.txt", "constraints.txt"} <= published
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "functions").rglob("*.py")}
    assert code <= published


def test_nothing_else_is(published: set[str]) -> None:
    tops = {file.partition("/")[0] for file in published}
    assert tops <= {
        "function_app.py", "host.json", "requirements.txt", "constraints.txt", "functions", "model_tools", "studio",
    }  # fmt: skip
    assert all(file.startswith("studio/dist/") for file in published if file.startswith("studio/"))


def test_of_training_only_the_recipes(published: set[str]) -> None:
    training = {file for file in published if file.startswith("model_tools/training/")}
    recipes = {path.relative_to(ROOT).as_posix() for path in (ROOT / "model_tools/training/recipes").glob("*.toml")}
    assert training == recipes | {"model_tools/training/__init__.py", "model_tools/training/recipe.py"}


def test_it_runs_without_the_rest(published: set[str], tmp_path: Path) -> None:
    for file in published:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    environment = {"NER_ROLE": "api", "NerStorage": "UseDevelopmentStorage=true", "PATH": os.environ["PATH"]}
    program = (
        "import sys, function_app\n"
        "print(len(function_app.app.get_functions()))\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith(('functions', 'model_tools'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    number, files = done.stdout.splitlines()
    assert int(number) >= 15
    assert all(file.startswith(str(tmp_path)) for file in files.split())


def test_ignored_folders_stay_ignored(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "tests/b.py", "tests/keep.py", "part/c.py", "part/keep.py", ".env", "deep/er/d.pyc")
    (tmp_path / ".funcignore").write_text(".*\ntests\n!tests/keep.py\npart/*\n!part/keep.py\n*.pyc\n")
    assert [file.as_posix() for file in published_files(tmp_path)] == ["a.py", "part/keep.py"]


def test_without_a_studio_there_is_no_package(tmp_path: Path) -> None:
    write(tmp_path, "function_app.py")
    (tmp_path / ".funcignore").write_text(".*\n")
    with pytest.raises(PackageError, match="make studio"):
        copy_sources(tmp_path, tmp_path / "stage")


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    packages = ("onnxruntime/capi/state.so", "numpy/core.py", "numpy/core/tests/test_a.py", "hf_xet/x.so", "yaml/y.py")
    write(tmp_path, "function_app.py", *(f"{SITE_PACKAGES.as_posix()}/{file}" for file in packages))
    write(tmp_path / SITE_PACKAGES, "onnxruntime/capi/libonnxruntime.so.1.32.0", "bin/tool")
    return tmp_path


def test_unused_parts_are_removed(stage: Path) -> None:
    remove_unused(stage / SITE_PACKAGES)
    site_packages = stage / SITE_PACKAGES
    left = {path.relative_to(site_packages).as_posix() for path in site_packages.rglob("*") if path.is_file()}
    assert left == {"numpy/core.py", "onnxruntime/capi/state.so"}


def test_a_package_that_is_too_large_is_refused(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = check(stage)
    assert size == sum(path.stat().st_size for path in stage.rglob("*") if path.is_file())
    monkeypatch.setattr(package_api, "LIMIT_BYTES", size - 1)
    with pytest.raises(PackageError, match=r"is more than .* Largest: "):
        check(stage)


@pytest.mark.parametrize("name", package_api.FORBIDDEN)
def test_a_package_with_training_is_refused(name: str, stage: Path) -> None:
    write(stage / SITE_PACKAGES, f"{name}/__init__.py")
    with pytest.raises(PackageError, match=f"it brings along {name}"):
        check(stage)


def test_the_same_files_make_the_same_zip(stage: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    write_zip(stage, out / "first.zip")
    os.utime(stage / "function_app.py", (0, 0))
    write_zip(stage, out / "second.zip")
    assert (out / "first.zip").read_bytes() == (out / "second.zip").read_bytes()
    assert "function_app.py" in zipfile.ZipFile(out / "first.zip").namelist()


@pytest.mark.parametrize("pipeline", [".ci/run", ".github/workflows/azure.yml"])
def test_every_change_is_packaged(pipeline: str) -> None:
    """Else a dependency that has grown is found by who publishes."""
    assert re.search(r"^ *(- run: )?make package$", (ROOT / pipeline).read_text(encoding="utf-8"), re.MULTILINE)
