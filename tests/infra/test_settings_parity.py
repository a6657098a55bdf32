"""What `functions/settings.py` reads is what Bicep sets, for each role; and nothing is set that nobody reads."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from functions.settings import Role, Settings
from tests.infra.bicep_tree import BicepFile
from tests.infra.policies import Finding

MODULES = Path(__file__).parents[2] / "infra" / "bicep" / "modules"
FILES = {Role.API: "modules/api.bicep", Role.TRAINER: "modules/trainer.bicep"}

ELSEWHERE = {
    "NerStorage": "a connection string, for Azurite only",
    "WEBSITE_AUTH_ENABLED": "App Service sets it when authentication is on; setting it by hand would let forgers in",
}
"""Read by the code and not set by Bicep, on purpose."""

_IDENTITY_CONNECTION = {"blobServiceUri", "queueServiceUri", "credential", "clientId"}
"""Not tableServiceUri: with it the host tries to write diagnostic events, which its identity has no role for."""
_HOST = {
    *(f"AzureWebJobsStorage__{key}" for key in _IDENTITY_CONNECTION),
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AZURE_CLIENT_ID",
    "NerStorage__credential",  # the bindings read it, our code does not need it
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
}
PLATFORM = {
    Role.API: _HOST | {"MALLOC_ARENA_MAX", "PYTHON_THREADPOOL_THREAD_COUNT"},
    Role.TRAINER: _HOST
    | {
        "ASPNETCORE_URLS",
        "AzureWebJobsSecretStorageType",
        "FUNCTIONS_WORKER_RUNTIME",
        "AzureFunctionsJobHost__functionTimeout",
        "AzureFunctionsJobHost__extensions__queues__batchSize",
        "AzureFunctionsJobHost__extensions__queues__newBatchThreshold",
        "AzureFunctionsJobHost__extensions__queues__maxDequeueCount",
    },
}
"""Read by the Functions host, its worker, the identity library, or glibc."""


class Recorder(Mapping[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self, **values: str) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def names_read(role: Role) -> set[str]:
    uris = {f"NerStorage__{service}ServiceUri": "https://x" for service in ("blob", "queue", "table")}
    environment = Recorder(NER_ROLE=role.value, **uris)
    Settings.from_env(environment)
    return environment.asked


def missing_and_needless(role: Role, file: BicepFile) -> list[Finding]:
    """The differences, each at its place in the file."""
    settings = file.get("var", "settings").value
    wanted = names_read(role) - ELSEWHERE.keys()
    line = file.get("var", "settings").line
    missing = [
        Finding(file.name, line, f"functions/settings.py reads {name}, which is not set")
        for name in sorted(wanted - settings.keys.keys())
    ]
    needless = [
        Finding(file.name, key.line, f"nobody reads {name}")
        for name, key in settings.keys.items()
        if name not in wanted | PLATFORM[role]
    ]
    return [*missing, *needless]


def read(role: Role) -> BicepFile:
    path = MODULES.parent / FILES[role]
    return BicepFile(FILES[role], path.read_text(encoding="utf-8"))


def test_the_recorder_sees_what_is_read() -> None:
    assert {"NER_ROLE", "NER_AUTHOR_KEYS", "NER_THREADS", "NerStorage__clientId"} <= names_read(Role.API)
    assert "NER_AUTHOR_KEYS" not in names_read(Role.TRAINER)


@pytest.mark.parametrize("role", Role)
def test_bicep_sets_what_the_code_reads(role: Role) -> None:
    assert [str(finding) for finding in missing_and_needless(role, read(role))] == []


@pytest.mark.parametrize("role", Role)
def test_platform_settings_are_all_there(role: Role) -> None:
    assert PLATFORM[role] <= read(role).get("var", "settings").value.keys.keys()


@pytest.mark.parametrize("role", Role)
def test_each_app_has_its_role(role: Role) -> None:
    value = read(role).get("var", "settings").value.find("NER_ROLE")
    assert value is not None
    assert value.literal == role.value


@pytest.mark.parametrize("role", Role)
def test_all_of_them_reach_the_app(role: Role) -> None:
    file = read(role)
    app = file.get("resource", "app").whole.text
    assert re.search(
        r"\b(appSettings|env): \[for setting in items\(settings\): \{ name: setting.key, value: setting.value \}\]", app
    )


@pytest.mark.parametrize(
    ("role", "present", "planted", "message"),
    [
        (Role.API, "  NER_THREADS:", "  NER_THREAD:", "reads NER_THREADS, which is not set"),
        (Role.API, "  NER_THREADS:", "  NER_THREAD:", "nobody reads NER_THREAD"),
        (Role.TRAINER, "  NerStorage__queueServiceUri: dataStorage.queueUri\n", "", "reads NerStorage__queueServiceUri"),
        (Role.API, "  AzureWebJobsStorage__credential", "  AzureWebJobsStorage__tableServiceUri: hostStorage.tableUri\n  AzureWebJobsStorage__credential",
         "nobody reads AzureWebJobsStorage__tableServiceUri"),
        (Role.TRAINER, "  NER_ROLE: 'trainer'\n", "  NER_ROLE: 'trainer'\n  NER_QUERY_KEYS: 'x'\n", "nobody reads NER_QUERY_KEYS"),
    ],
)  # fmt: skip
def test_a_planted_difference_is_found(role: Role, present: str, planted: str, message: str) -> None:
    file = read(role)
    assert present in file.source
    changed = BicepFile(file.name, file.source.replace(present, planted, 1))
    found = next(finding for finding in missing_and_needless(role, changed) if message in finding.message)
    assert str(found).startswith(f"infra/bicep/{file.name}:")
    text = changed.source.splitlines()[found.line - 1]
    assert text.startswith("var settings") or found.message.rpartition(" ")[2] in text
