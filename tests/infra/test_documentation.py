"""What docs/azure.md says is what there is: names, prices, roles, numbers of things."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.ai.textanalytics
import azure.functions as func
import pytest
from azure.core.credentials import AzureKeyCredential

from functions.triggers import api, uploads
from tests.infra.bicep_tree import BicepFile, read_folder
from tests.infra.conftest import PutOnPath
from tests.infra.policies import Files

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
DOCUMENTATION = (ROOT / "docs" / "azure.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(INFRA / "bicep")


@pytest.fixture(scope="module")
def outputs(files: Files) -> set[str]:
    return {output.name for output in files["main.bicep"].of("output")}


def test_names_in_the_documentation_exist(files: Files, outputs: set[str]) -> None:
    asked = set(re.findall(r"\$\(out (\w+)\)|get-value (\w+)", DOCUMENTATION))
    assert {name for pair in asked for name in pair if name} <= outputs
    parameters = {param.name for param in files["main.bicep"].of("param")}
    for name in (
        "projectContainers",
        "allowedIpRanges",
        "alwaysReadyInstances",
        "trainerWorkloadProfile",
        "protectData",
    ):
        assert name in parameters
        assert f"`{name}" in DOCUMENTATION
    for path in re.findall(r"(?:infra|samples|scripts|docs|\.github)/[\w./-]+\w", DOCUMENTATION):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"-m (scripts\.\w+)", DOCUMENTATION):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize(("module", "place"), [("main.dev", 0), ("main.prod", 1)])
def test_what_azd_prints_is_what_is_documented(module: str, place: int, tmp_path: Path, put_on_path: PutOnPath) -> None:
    """The costs of the environment that is chosen."""
    shutil.copytree(INFRA, tmp_path / "infra")
    text = (ROOT / "azure.yaml").read_text(encoding="utf-8")
    (tmp_path / "azure.yaml").write_text(text.replace("module: main.dev", f"module: {module}"))
    put_on_path("python3", "print('key')")
    given = {"PATH": os.environ["PATH"], "KEY_VAULT_NAME": "kv", "API_APP_ID": "/x", "API_ENDPOINT": "https://api"}
    done = subprocess.run(
        ["infra/hooks/postup.sh"], cwd=tmp_path, env=given, capture_output=True, text=True, check=True
    )
    totals = re.findall(r"\*\*about (\d+)\*\*", DOCUMENTATION)
    assert len(totals) == 4
    assert re.findall(r"about (\d+) USD", done.stdout) == [totals[place], totals[2 + place]]


def test_what_if_is_of_the_chosen_environment() -> None:
    workflow = (ROOT / ".github/workflows/azure.yml").read_text(encoding="utf-8")
    assert '--parameters "infra/bicep/$(infra/chosen.sh).bicepparam"' in workflow


def test_alerts_are_counted(files: Files) -> None:
    number = len(files["modules/alerts.bicep"].get("var", "alerts").value.items)
    assert f"| {number} alert rules |" in DOCUMENTATION
    assert f"{ {6: 'Six', 7: 'Seven'}[number] } alerts:" in DOCUMENTATION


def test_functions_that_scale_by_themselves_are_counted() -> None:
    """What zones for the api cost is told by their number."""
    triggers = {name: bindings().count(name) for name in ("queueTrigger", "timerTrigger")}
    told = f"{triggers['queueTrigger']} with a queue and {triggers['timerTrigger']} with a timer"
    assert told in DOCUMENTATION


def bindings() -> list[str]:
    """Triggers of the api as Azure runs it."""
    functions = func.FunctionApp()
    for blueprint in (api.blueprint, uploads.told):
        functions.register_functions(blueprint)
    return [str(trigger.type) for function in functions.get_functions() if (trigger := function.get_trigger())]


def test_outputs_are_found_whatever_their_case(put_on_path: PutOnPath) -> None:
    """Azure gives API_APP_ID back as something like apI_APP_ID."""
    (function,) = re.findall(r"^out\(\) \{.*?^\}", DOCUMENTATION, re.DOTALL | re.MULTILINE)
    put_on_path(
        "az", """print('{"apI_APP_ID": {"type": "String", "value": "/x"}, "keY_VAULT_NAME": {"value": "kv"}}')"""
    )
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", f"{function}\nout KEY_VAULT_NAME; out API_APP_ID"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["kv", "/x"]


class Client:
    """In the place of Microsoft's."""

    def __init__(self, endpoint: str, credential: AzureKeyCredential) -> None:
        assert (endpoint, credential.key) == ("https://api", "k" * 16)

    def begin_recognize_custom_entities(self, texts: list[str], *, project_name: str, deployment_name: str) -> Any:
        entity = SimpleNamespace(text=texts[0][:5], category="STOCK", offset=0, length=5, confidence_score=0.9)
        assert (project_name, deployment_name) == ("FinanceNews", "FinDep")
        return SimpleNamespace(result=lambda: [SimpleNamespace(entities=[entity])])


def test_the_first_call_can_be_pasted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENTATION, re.DOTALL)
    for name in set(re.findall(r'os\.environ\["(\w+)"\]', program)):
        assert f"export {name}=" in DOCUMENTATION
    monkeypatch.setenv("ENDPOINT", "https://api")
    monkeypatch.setenv("QUERY_KEY", "k" * 16)
    monkeypatch.setattr(azure.ai.textanalytics, "TextAnalyticsClient", Client)
    exec(compile(program, "docs/azure.md", "exec"), {})
    assert capsys.readouterr().out == "Tesla STOCK 0 5 0.9\n"
    (version,) = re.findall(
        r"^azure-ai-textanalytics==(\S+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE
    )
    assert f"pip install azure-ai-textanalytics=={version}\n" in DOCUMENTATION


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]


def test_everybody_who_has_a_role_is_in_the_table(files: Files) -> None:
    section = DOCUMENTATION[DOCUMENTATION.index("## Who may do what") : DOCUMENTATION.index("## Keys, and signing in")]
    told = [(row[0], row[1]) for row in rows(section)]
    for grant in grants(files["modules/roles.bicep"]):
        places = " ".join(where for who, where in told if grant["who"] in who)
        place = grant.get("on", "")
        if place.endswith("-poison"):
            place = "poison queue" if f"{place} " not in f"{places} " else place
        if place.startswith("azure-webjobs") or place == "packages":
            place = "host's own containers"
        assert place in places, grant


def grants(file: BicepFile) -> list[dict[str, str]]:
    tables = ("hostContainerGrants", "sharedContainerGrants", "queueGrants", "trainerTableGrants")
    return [
        {key: str(value.literal) for key, value in row.properties.items()}
        for table in tables
        for row in file.get("var", table).value.items
    ]
