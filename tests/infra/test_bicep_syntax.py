"""Every Bicep file is understood by two parsers; where a `bicep` program is at hand, by the compiler and its linter too."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
from pycep import BicepParser

from tests.infra.bicep_tree import BicepFile, read_folder, read_parameters
from tests.infra.conftest import PutOnPath

FOLDER = Path(__file__).parents[2] / "infra" / "bicep"
SOURCES = sorted(FOLDER.rglob("*.bicep"))
PARAMETERS = sorted(FOLDER.glob("*.bicepparam"))
BICEP = shutil.which("bicep")
SECTIONS_OF_PYCEP = {
    "parameters": "param", "variables": "var", "outputs": "output", "resources": "resource", "modules": "module",
}  # fmt: skip


def by_path(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.fixture(scope="module")
def pycep() -> BicepParser:
    return BicepParser(add_line_numbers=True)


@pytest.mark.parametrize("path", SOURCES, ids=by_path)
def test_two_parsers_see_the_same(path: Path, pycep: BicepParser) -> None:
    file = BicepFile(by_path(path), path.read_text(encoding="utf-8"))
    assert [f"{fault.file}:{fault.line}: {fault.text}" for fault in file.faults] == []
    other = cast("dict[str, dict[str, Any]]", pycep.parse(file_path=path))
    for theirs, ours in SECTIONS_OF_PYCEP.items():
        # It calls a resource inside another `outer__inner`, and does not tell of all of them.
        names = {name for name in other.get(theirs, {}) if "__" not in name}
        assert names == {each.name for each in file.of(ours) if not each.parent}
    for resource in (each for each in file.of("resource") if not each.parent):
        seen = other["resources"][resource.name]
        assert (seen["type"], seen["api_version"]) == (resource.target, resource.version)


@pytest.mark.parametrize("planted", ["param x string = = 1", "resource r 'A/b@1' = {", "var v = [1, ", "module m = {}"])
def test_a_syntax_error_is_seen(planted: str) -> None:
    assert BicepFile("planted.bicep", f"{planted}\n").faults


def test_every_file_is_used() -> None:
    files = read_folder(FOLDER)
    called = {
        (FOLDER / file.name).parent.joinpath(call.target).relative_to(FOLDER).as_posix()
        for file in files.values()
        for call in file.of("module")
    }
    assert files.keys() - {"main.bicep"} == called


@pytest.mark.parametrize("path", PARAMETERS, ids=by_path)
def test_parameter_files_fit_the_template(path: Path) -> None:
    """Every name exists, what is required is given, and literal values are of the type and among the allowed."""
    main = read_folder(FOLDER)["main.bicep"]
    declared = {param.name: param for param in main.of("param")}
    given = read_parameters(path)
    assert path.read_text(encoding="utf-8").startswith("using 'main.bicep'\n")
    assert given.keys() <= declared.keys()
    assert {name for name, param in declared.items() if not param.has_default} <= given.keys()
    kinds = {"string": str, "int": int, "bool": bool}
    for name, value in given.items():
        written = declared[name].whole.children[1].text
        if value.literal is not None:
            assert type(value.literal) is kinds[written], f"{path.name}:{value.line}: {name} is {written}"
        allowed = declared[name].decorators.get("allowed")
        if allowed and value.literal is not None:
            assert value.literal in [word.literal for word in allowed.of_type("string", "number")]


def test_both_parameter_files_read_the_same_environment() -> None:
    """A name that only one of them reads is one that somebody sets in vain."""
    texts = [path.read_text(encoding="utf-8") for path in PARAMETERS]
    budget = "param budgetStartDate = readEnvironmentVariable('NERINE_BUDGET_START', '')\n"
    reads = [
        {line for line in text.splitlines(keepends=True) if "readEnvironmentVariable" in line} - {budget}
        for text in texts
    ]
    assert reads[0] == reads[1]


SECRETS = {
    "adminusername-should-not-be-literal", "outputs-should-not-contain-secrets", "protect-commandtoexecute-secrets",
    "secure-params-in-nested-deploy", "secure-secrets-in-params", "use-secure-value-for-secure-inputs",
}  # fmt: skip
"""Rules whose finding must stop a deployment."""


def test_the_linter_configuration_is_strict() -> None:
    """All else warns, which fails the tests and not somebody's `azd up`: nobody here has seen the linter run."""
    rules = json.loads((FOLDER / "bicepconfig.json").read_text())["analyzers"]["core"]["rules"]
    assert {rule["level"] for rule in rules.values()} <= {"error", "warning"}
    assert {name for name, rule in rules.items() if rule["level"] == "error"} == SECRETS
    assert {"no-unused-params", "use-recent-api-versions"} <= rules.keys()
    assert rules["use-recent-api-versions"].keys() == {"level", "maxAgeInDays"}
    # Names of role assignments are made of principal ids, which are known only once the identities are there: what-if
    # cannot show these assignments, and this rule would warn of each of them for ever.
    assert "what-if-short-circuiting" not in rules


def said_by(bicep: str, path: Path) -> list[tuple[int, str]]:
    """Status and complaints of compiler and linter."""
    build = "build" if path.suffix == ".bicep" else "build-params"
    environment = {
        "AZURE_ENV_NAME": "check",
        "AZURE_LOCATION": "westeurope",
        "HOME": os.environ["HOME"],  # it unpacks itself there
        "PATH": str(Path(bicep).parent),
    }
    done = [
        subprocess.run([bicep, *command], capture_output=True, text=True, check=False, env=environment)
        for command in ([build, str(path), "--stdout"], ["lint", str(path)])
    ]
    return [(each.returncode, each.stderr) for each in done]


def test_the_compiler_is_heard(put_on_path: PutOnPath) -> None:
    put_on_path("bicep", "import os, sys\nsys.exit(f'{sys.argv[1]} {os.environ[\"HOME\"]}')")
    program = shutil.which("bicep")
    assert program is not None
    home = os.environ["HOME"]
    assert said_by(program, FOLDER / "main.bicep") == [(1, f"build {home}\n"), (1, f"lint {home}\n")]
    assert said_by(program, PARAMETERS[0])[0] == (1, f"build-params {home}\n")


@pytest.mark.skipif(BICEP is None, reason="there is no bicep program on PATH")
@pytest.mark.parametrize("path", [FOLDER / "main.bicep", *PARAMETERS], ids=by_path)
def test_the_compiler_has_nothing_to_say(path: Path) -> None:
    assert BICEP is not None
    assert said_by(BICEP, path) == [(0, ""), (0, "")]
