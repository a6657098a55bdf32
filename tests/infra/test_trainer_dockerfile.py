"""The trainer's image: what is in it, who it runs as, how azd builds it, and that it listens where the app looks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scripts.package_api import PYTHON_VERSION
from tests.infra.bicep_tree import BicepFile
from tests.infra.policies import Finding

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
DOCKERFILE = (INFRA / "docker" / "trainer.Dockerfile").read_text(encoding="utf-8")
TRAINER = "modules/trainer.bicep"


@pytest.fixture(scope="module")
def azd() -> dict[str, Any]:
    return dict(msgspec.yaml.decode((ROOT / "azure.yaml").read_bytes()))


@pytest.fixture(scope="module")
def trainer() -> BicepFile:
    return BicepFile(TRAINER, (INFRA / "bicep" / TRAINER).read_text(encoding="utf-8"))


def test_build_arguments_are_those_of_the_image(azd: dict[str, Any]) -> None:
    given = {argument.partition("=")[0] for argument in azd["services"]["trainer"]["docker"]["buildArgs"]}
    assert given == set(re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE)) - {"BASE_IMAGE"}
    # Before this one, azd dropped them where the registry builds.
    assert azd["services"]["trainer"]["docker"]["remoteBuild"] is True
    assert azd["requiredVersions"]["azd"] == ">= 1.25.0"
    documentation = (ROOT / "docs" / "azure.md").read_text(encoding="utf-8")
    (by_hand,) = re.findall(r"az acr build (?:.*\\\n)*.*", documentation)
    assert set(re.findall(r"--build-arg (\w+)=", by_hand)) == given


def test_the_image_runs_as_nobody_in_particular() -> None:
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert len(user) == 1
    assert int(user[0]) >= 10_000
    assert DOCKERFILE.index("\nUSER ") > DOCKERFILE.rindex("\nRUN ")


def test_the_image_has_what_training_needs() -> None:
    copied = {source for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]}
    assert {"functions", "model_tools", "function_app.py", "host.json", "requirements-encoder.txt"} <= copied
    ignored = (INFRA / "docker" / "trainer.Dockerfile.dockerignore").read_text(encoding="utf-8")
    for source in copied:
        assert (ROOT / source).exists()
        assert f"!{source}\n" in ignored
    for file in ("requirements.txt", "requirements-train.txt", "requirements-encoder.txt"):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        assert all("==" in line for line in lines if line and not line.startswith(("#", "-"))), file


def test_apps_and_packages_have_one_python() -> None:
    """Compiled wheels of the api's package load in no other version."""
    (image,) = re.findall(r"^ARG BASE_IMAGE=\S+-python([\d.]+)$", DOCKERFILE, re.MULTILINE)
    api = (INFRA / "bicep/modules/api.bicep").read_text(encoding="utf-8")
    (app,) = re.findall(r"runtime: \{ name: 'python', version: '([\d.]+)' \}", api)
    assert image == app == PYTHON_VERSION


def test_what_torch_needs_is_pinned() -> None:
    (torch,) = re.findall(r"pip install [^&]*grep '\^torch==", DOCKERFILE)
    assert "--no-deps" in torch, "its index is not where the rest comes from"
    assert "--requirement /build/requirements-train.txt --constraint /build/constraints.txt" in DOCKERFILE


PROBES = {"Startup", "Liveness", "Readiness"}


def elsewhere(file: BicepFile) -> Iterator[Finding]:
    """Places of the trainer app that do not look at the port that the image listens on."""
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    declared, probes = file.get("var", "port"), file.get("var", "probes")
    container = file.get("resource", "app").value.find("properties.template.containers")
    assert container is not None
    places = (
        (declared.line, declared.value, port),
        (probes.line, probes.value.find("tcpSocket.port"), "port"),
        (container.line, container.items[0].find("probes"), "probes"),
        *(
            (file.get(kind, name).line, file.get(kind, name).value.find(path), wanted)
            for kind, name, path, wanted in (
                ("var", "settings", "ASPNETCORE_URLS", "'http://+:${port}'"),
                ("resource", "app", "properties.configuration.ingress.targetPort", "port"),
            )
        ),
    )
    for line, value, wanted in places:
        if value is None or value.text != wanted:
            yield Finding(file.name, value.line if value else line, f"must be {wanted}, where the image listens")
    named = {str(word.literal) for word in probes.value.of_type("array")[0].items}
    if named != PROBES:
        yield Finding(file.name, probes.line, f"the probes must be {', '.join(sorted(PROBES))}")


def test_the_image_listens_where_the_trainer_app_looks(trainer: BicepFile) -> None:
    assert "ASPNETCORE_URLS=http://+:8080" in DOCKERFILE
    assert [str(finding) for finding in elsewhere(trainer)] == []


@pytest.mark.parametrize(
    ("present", "planted"),
    [
        ("var port = 8080", "var port = 80"),
        ("targetPort: port", "targetPort: empty(image) ? 80 : 8080"),
        ("  ASPNETCORE_URLS: 'http://+:${port}'\n", ""),
        ("tcpSocket: { port: port }", "tcpSocket: { port: 80 }"),
        ("          probes: probes\n", ""),
        ("'Startup', ", ""),
    ],
)
def test_a_planted_port_is_found(present: str, planted: str, trainer: BicepFile) -> None:
    assert present in trainer.source
    (found,) = elsewhere(BicepFile(TRAINER, trainer.source.replace(present, planted, 1)))
    assert str(found).startswith(f"infra/bicep/{TRAINER}:{found.line}: ")
