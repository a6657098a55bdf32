"""What surrounds the Bicep agrees with it: azd's file, hooks, image, workflow, app roles and workbook."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.http.auth import ROLES
from tests.infra.bicep_tree import read_folder
from tests.infra.conftest import PutOnPath
from tests.infra.policies import Files

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
HOOKS = sorted((INFRA / "hooks").glob("*.sh"))
DOCUMENTATION = (ROOT / "docs" / "azure.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(INFRA / "bicep")


@pytest.fixture(scope="module")
def azd() -> dict[str, Any]:
    return dict(msgspec.yaml.decode((ROOT / "azure.yaml").read_bytes()))


@pytest.fixture(scope="module")
def outputs(files: Files) -> set[str]:
    return {output.name for output in files["main.bicep"].of("output")}


def test_azd_finds_what_it_is_told(azd: dict[str, Any]) -> None:
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicepparam").is_file()
    assert (ROOT / azd["services"]["trainer"]["docker"]["path"]).is_file()
    assert {ROOT / hook["run"] for hook in azd["hooks"].values()} == set(HOOKS)
    package = next(step["azd"] for step in azd["workflows"]["up"]["steps"] if "deploy api" in step["azd"])
    assert package.endswith("--from-package dist/api.zip"), "what `make package` writes"


def test_every_service_is_tagged(azd: dict[str, Any], files: Files) -> None:
    tagged = {
        match
        for file in files.values()
        for match in re.findall(r"'azd-service-name': '(\w+)'", file.source)
    }  # fmt: skip
    assert azd["services"].keys() == tagged


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.name)
def test_hooks_use_what_there_is(hook: Path, outputs: set[str]) -> None:
    text = hook.read_text(encoding="utf-8")
    assert os.access(hook, os.X_OK)
    assert subprocess.run([shutil.which("sh") or "sh", "-n", str(hook)], check=False).returncode == 0
    own = set(re.findall(r"(?:^| )([A-Z_]+)=", text, re.MULTILINE))
    given = {"AZURE_ENV_NAME", "SERVICE_TRAINER_IMAGE_NAME", "NERINE_AUTHOR_KEYS", "NERINE_QUERY_KEYS"}
    assert set(re.findall(r"\$\{?([A-Z_]+)", text)) - own - given <= outputs
    for module in re.findall(r"-m (scripts\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


def test_keys_are_looked_up_after_they_are_made() -> None:
    """App Service has looked before, when there were none, and would keep that for a day."""
    before, after = (
        (INFRA / "hooks" / f"{name}.sh").read_text(encoding="utf-8") for name in ("postprovision", "postup")
    )
    assert 'scripts.keys ensure "$KEY_VAULT_NAME" --app "$API_APP_ID"' in before
    assert 'scripts.keys refresh "$API_APP_ID"' in after
    assert "functionapp restart" not in DOCUMENTATION


@pytest.mark.parametrize(
    ("author", "query", "asked"),
    [("", "", ["ensure", "show"]), ("a" * 16 + "," + "b" * 16, "", ["ensure"]), ("a" * 16, "c" * 16, [])],
)
def test_keys_by_parameter_leave_the_vault_alone(
    author: str, query: str, asked: list[str], tmp_path: Path, put_on_path: PutOnPath
) -> None:
    log = tmp_path / "log"
    log.touch()
    put_on_path("make", "")
    program = """
import os, pathlib, sys
if sys.argv[2] == "scripts.keys":
    pathlib.Path({log!r}).open("a").write(sys.argv[3] + "\\n")
    print("v" * 16)
else:
    assert os.environ["NERINE_KEY"] == {key!r}, os.environ["NERINE_KEY"]
"""
    put_on_path("python3", program.format(log=str(log), key=author.partition(",")[0] or "v" * 16))
    given = {"KEY_VAULT_NAME": "kv", "API_APP_ID": "/x", "API_ENDPOINT": "https://api", "PATH": os.environ["PATH"]}
    environment = given | {"NERINE_AUTHOR_KEYS": author, "NERINE_QUERY_KEYS": query}
    for hook in ("postprovision", "postup"):
        done = subprocess.run([str(INFRA / "hooks" / f"{hook}.sh")], cwd=ROOT, env=environment, check=False)
        assert done.returncode == 0
    assert log.read_text().split() == asked


def test_the_workflow_gives_what_is_read(azd: dict[str, Any]) -> None:
    workflow = dict(msgspec.yaml.decode((ROOT / ".github/workflows/azure.yml").read_bytes()))
    read = {
        name
        for path in [ROOT / "azure.yaml", *(INFRA / "bicep").glob("*.bicepparam")]
        for name in re.findall(r"(?:\$\{|readEnvironmentVariable\(')([A-Z_]+)", path.read_text(encoding="utf-8"))
    }
    # A step finds the image out; and a pipeline has the vault for the keys, which belong into no variable.
    elsewhere = {"SERVICE_TRAINER_IMAGE_NAME", "NERINE_AUTHOR_KEYS", "NERINE_QUERY_KEYS"}
    assert read - elsewhere == workflow["env"].keys() - {"AZURE_SUBSCRIPTION_ID"}
    jobs = workflow["jobs"]
    assert jobs.keys() == {"check", "bicep", "what-if", "deploy"}
    assert set(jobs["deploy"]["needs"]) == {"check", "bicep"}
    assert workflow["permissions"] == {"contents": "read"}
    assert {name for name, job in jobs.items() if "id-token" in job.get("permissions", {})} == {"what-if", "deploy"}
    for job in ("what-if", "deploy"):  # else both would put the placeholder in the place of the trainer
        commands = [step.get("run", "") for step in jobs[job]["steps"]]
        assert any("scripts.trainer_image" in command for command in commands[:-1]), job
    assert "secrets." not in (ROOT / ".github/workflows/azure.yml").read_text(encoding="utf-8")


def test_app_roles_are_those_of_the_code() -> None:
    roles = json.loads((INFRA / "entra" / "app-roles.json").read_text(encoding="utf-8"))
    assert {role["value"] for role in roles} == ROLES.keys()
    assert set(re.findall(r"Nerine\.\w+", DOCUMENTATION)) == ROLES.keys()


def test_the_registration_makes_tokens_that_the_app_accepts(files: Files) -> None:
    api = json.loads((INFRA / "entra" / "api.json").read_text(encoding="utf-8"))["api"]
    entra = (
        files["modules/api.bicep"]
        .get("resource", "authentication")
        .value.find("properties.identityProviders.azureActiveDirectory")
    )
    assert entra is not None
    issuer, audiences = entra.find("registration.openIdIssuer"), entra.find("validation.allowedAudiences")
    assert issuer is not None
    assert audiences is not None
    # A token of version 1 has another issuer; one of version 2 has the client id alone as its audience.
    assert issuer.text.endswith("/v2.0'")
    assert api["requestedAccessTokenVersion"] == 2
    assert {audience.text for audience in audiences.items} == {"'api://${entraClientId}'", "entraClientId"}
    (scope,) = (each["value"] for each in api["oauth2PermissionScopes"])
    for step in (
        '--web-redirect-uris "$ENDPOINT/.auth/login/aad/callback" --enable-id-token-issuance true',
        '--identifier-uris "api://$ID"',
        "--body @infra/entra/api.json",
        "az ad sp create --id $ID",
        f"--api $ID --scope {scope}",
        "azd env set NERINE_ENTRA_CLIENT_ID $ID",
        "/appRoleAssignedTo",
        '--scope "api://$ID/.default"',
    ):
        assert step in DOCUMENTATION


def test_the_workbook_is_complete() -> None:
    workbook = json.loads((INFRA / "bicep" / "workbook.json").read_text(encoding="utf-8"))
    queries = [item["content"]["query"] for item in workbook["items"] if item["type"] == 3]
    assert len(queries) >= 7
    assert all(query.split(" |")[0] in {"requests", "dependencies", "customMetrics"} for query in queries)
    assert len({item["name"] for item in workbook["items"]}) == len(workbook["items"])


def test_storage_is_spread_as_the_apps_are(files: Files) -> None:
    main = files["main.bicep"]
    assert main.get("var", "storageSku").value.text == "zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'"
    for module in ("hostStorage", "dataStorage"):
        given = main.get("module", module).value.find("params.sku")
        passed = files[f"modules/{module}.bicep"].get("module", "account").value.find("params.sku")
        assert given is not None
        assert passed is not None
        assert (given.text, passed.text) == ("storageSku", "sku")


def test_the_trainer_sleeps_unless_it_is_told_not_to(files: Files) -> None:
    assert files["main.bicep"].get("param", "trainerMinReplicas").value.literal == 0
    scale = files["modules/trainer.bicep"].get("resource", "app").value.find("properties.template.scale")
    assert scale is not None
    assert "rules" not in scale.keys, "Container Apps refuses rules in an app of kind functionapp"
    least, most = scale.find("minReplicas"), scale.find("maxReplicas")
    assert least is not None
    assert most is not None
    assert (least.text, most.text) == ("minReplicas", "max(minReplicas, maxReplicas)")
