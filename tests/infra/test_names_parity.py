"""Containers, queues, tables, functions and lifetimes in Bicep are those of the code; differences have file and line."""

from collections.abc import Iterator
from pathlib import Path

import azure.functions as func
import pytest

from functions.stores.connection import CONTAINERS, DOCUMENTS_CONTAINER, EVENTS_QUEUE, QUEUES, TABLES
from functions.stores.jobs import DEFAULT_LIFETIME
from functions.triggers import api, trainer, uploads
from tests.infra.bicep_tree import BicepFile, Value, read_folder
from tests.infra.policies import Files, Finding

FOLDER = Path(__file__).parents[2] / "infra" / "bicep"

DATA = "modules/dataStorage.bicep"
ROLES = "modules/roles.bicep"
LISTENED = {*QUEUES, EVENTS_QUEUE}
ALL_QUEUES = LISTENED | {f"{queue}-poison" for queue in LISTENED}
MADE = {"containers": set(CONTAINERS), "queues": ALL_QUEUES, "tables": set(TABLES)}
"""Variables of `DATA`, and what the code calls these things."""
GRANTED = {
    "sharedContainerGrants": {*CONTAINERS, "dead-letters"},
    "queueGrants": ALL_QUEUES,
    "trainerTableGrants": set(TABLES),
    "hostContainerGrants": {"packages", "azure-webjobs-hosts", "azure-webjobs-secrets"},
}
"""Variables of `ROLES`, and what there is to have a role on."""
IN_MAIN = {"eventsQueue": EVENTS_QUEUE, "packagesContainer": "packages", "deadLettersContainer": "dead-letters"}


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(FOLDER)


def differences(files: Files) -> Iterator[Finding]:
    """Names that only one side has."""
    for variable, wanted in MADE.items():
        yield from _compare(files[DATA], variable, wanted)
    for table, there in GRANTED.items():
        for row in files[ROLES].get("var", table).value.items:
            on = row.properties["on"]
            if on.literal not in there:
                yield Finding(ROLES, on.line, f"a role on {on.text}, which the code does not know")
    for name, word in IN_MAIN.items():
        value = files["main.bicep"].get("var", name).value
        if value.literal != word:
            yield Finding("main.bicep", value.line, f"{name} must be {word!r}")
    watched = files["main.bicep"].get("module", "eventSubscription").value.properties["params"].properties
    if watched["watchedContainer"].literal != DOCUMENTS_CONTAINER:
        yield Finding("main.bicep", watched["watchedContainer"].line, f"uploads come to {DOCUMENTS_CONTAINER!r}")
    yield from _unknown_functions(files)


def _compare(file: BicepFile, variable: str, wanted: set[str]) -> Iterator[Finding]:
    declared = file.get("var", variable)
    present = {_word(item): item for item in declared.value.items}
    for name in sorted(wanted - present.keys()):
        yield Finding(file.name, declared.line, f"{variable} lacks {name!r}, which the code uses")
    for name in sorted(present.keys() - wanted):
        yield Finding(file.name, present[name].line, f"{variable} has {name!r}, which the code does not know")


def _word(item: Value) -> str:
    text = "${eventsQueue}" if item.text == "eventsQueue" else item.text.strip("'")
    return text.replace("${eventsQueue}", EVENTS_QUEUE)


def _unknown_functions(files: Files) -> Iterator[Finding]:
    """Scaling and events name functions as `function:…` and `functionName=…`."""
    app = func.FunctionApp()
    for blueprint in (api.blueprint, uploads.told, trainer.blueprint):
        app.register_functions(blueprint)
    known = {function.get_function_name() for function in app.get_functions()}
    for file in files.values():
        for value in file.root.of_type("string"):
            for mark in ("function:", "functionName="):
                name = value.text.partition(mark)[2].strip("'")
                if name and name not in known:
                    yield Finding(file.name, value.line, f"the code has no function {name!r}")


def test_names_are_those_of_the_code(files: Files) -> None:
    assert [str(finding) for finding in differences(files)] == []


@pytest.mark.parametrize(
    ("file", "present", "planted", "messages"),
    [
        (DATA, "'texts'", "'text'", ["containers lacks 'texts'", "containers has 'text',"]),
        (DATA, "  'labelhistory'\n", "", ["tables lacks 'labelhistory'"]),
        (DATA, "  'jobparts'\n", "  'jobparts'\n  'joblogs'\n", ["tables has 'joblogs'"]),
        (DATA, "  'operations-poison'\n", "", ["queues lacks 'operations-poison'"]),
        (DATA, "  '${eventsQueue}-poison'\n", "", ["queues lacks 'blob-events-poison'"]),
        (ROLES, "on: 'training-jobs-poison', role: 'Storage Queue Data C", "on: 'training-poison', role: 'Storage Queue Data C",
         ["a role on 'training-poison'"]),
        ("main.bicep", "var eventsQueue = 'blob-events'", "var eventsQueue = 'events'", ["eventsQueue must be 'blob-events'"]),
        ("main.bicep", "watchedContainer: 'documents'", "watchedContainer: 'uploads'", ["uploads come to 'documents'"]),
        ("modules/api.bicep", "name: 'http', instanceCount", "name: 'function:run_operatoin', instanceCount",
         ["no function 'run_operatoin'"]),
    ],
)  # fmt: skip
def test_a_planted_difference_is_found(
    file: str, present: str, planted: str, messages: list[str], files: Files
) -> None:
    source = files[file].source
    assert present in source
    changed = {**files, file: BicepFile(file, source.replace(present, planted, 1))}
    found = list(differences(changed))
    assert len(found) == len(messages)
    for finding, message in zip(found, messages, strict=True):
        assert message in finding.message
        assert str(finding).startswith(f"infra/bicep/{file}:{finding.line}: ")
        line = changed[file].source.splitlines()[finding.line - 1]
        if " lacks " in message:
            assert line.startswith("var ")
        else:
            assert planted.splitlines()[-1].strip() in line


def test_a_function_that_exists_may_be_named(files: Files) -> None:
    source = files["modules/api.bicep"].source.replace(
        "name: 'http', instance", "name: 'function:run_operation', instance"
    )
    assert "function:" in source
    assert not list(differences({**files, "modules/api.bicep": BicepFile("modules/api.bicep", source)}))


def grants(files: Files, name: str) -> list[dict[str, str]]:
    table = files[ROLES].get("var", name).value
    return [{key: str(value.literal) for key, value in row.properties.items()} for row in table.items]


def test_the_api_reaches_everything_that_it_uses(files: Files) -> None:
    mine = {row["on"] for row in grants(files, "sharedContainerGrants") if row["who"] == "api"}
    assert mine == set(CONTAINERS)
    listening = {
        row["on"]
        for row in grants(files, "queueGrants")
        if row["who"] == "api" and row["role"] == "Storage Queue Data Contributor"
    }
    assert listening == ALL_QUEUES - {"training-jobs"}


def lifecycle(files: Files, rule: str, action: str) -> int:
    rules = files[DATA].get("resource", "lifecycle").value.find("properties.policy.rules")
    assert rules is not None
    found = next(each for each in rules.items if (name := each.find("name")) and name.literal == rule)
    days = found.find(f"definition.actions.{action}")
    assert days is not None
    assert isinstance(days.literal, int)
    return days.literal


def test_results_live_longer_than_their_jobs_and_their_old_versions_do_not(files: Files) -> None:
    rule = "results-of-expired-jobs"
    assert lifecycle(files, rule, "baseBlob.delete.daysAfterModificationGreaterThan") > DEFAULT_LIFETIME.days
    # What a caller has got and deleted, or its job has, would otherwise stay for 30 days more.
    assert lifecycle(files, rule, "version.delete.daysAfterCreationGreaterThan") == 1
