"""Containers, queues, tables and lifetimes in Bicep are those of the code."""

from pathlib import Path

import pytest

from functions.settings import Role
from functions.stores.connection import CONTAINERS, DOCUMENTS_CONTAINER, EVENTS_QUEUE, QUEUES, TABLES
from functions.stores.jobs import DEFAULT_LIFETIME
from tests.infra.bicep_tree import BicepFile, Value, read_folder
from tests.infra.policies import Files

FOLDER = Path(__file__).parents[2] / "infra" / "bicep"


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(FOLDER)


def words(value: Value, **names: str) -> set[str]:
    """The strings of an array; what stands in `${…}` and bare names are replaced by `names`."""
    found = set()
    for item in value.items:
        text = names.get(item.text, item.text.strip("'"))
        for name, word in names.items():
            text = text.replace(f"${{{name}}}", word)
        found.add(text)
    return found


def variable(files: Files, file: str, name: str) -> Value:
    return files[file].get("var", name).value


def test_containers_and_tables(files: Files) -> None:
    assert words(variable(files, "modules/dataStorage.bicep", "containers")) == set(CONTAINERS)
    assert words(variable(files, "modules/dataStorage.bicep", "tables")) == set(TABLES)


def test_queues_and_their_poison_queues(files: Files) -> None:
    listened = {*QUEUES, EVENTS_QUEUE}
    names = words(variable(files, "modules/dataStorage.bicep", "queues"), eventsQueue=EVENTS_QUEUE)
    assert names == listened | {f"{queue}-poison" for queue in listened}
    assert variable(files, "main.bicep", "eventsQueue").literal == EVENTS_QUEUE


def test_events_are_of_the_shared_container(files: Files) -> None:
    watched = files["main.bicep"].get("module", "eventSubscription").value.find("params.watchedContainer")
    assert watched is not None
    assert watched.literal == DOCUMENTS_CONTAINER


def grants(files: Files, name: str) -> list[dict[str, str]]:
    table = variable(files, "modules/roles.bicep", name)
    return [{key: str(value.literal) for key, value in row.properties.items()} for row in table.items]


def test_roles_are_on_what_exists(files: Files) -> None:
    queues = {*QUEUES, EVENTS_QUEUE}
    existing = {
        "sharedContainerGrants": {*CONTAINERS, "dead-letters"},
        "queueGrants": queues | {f"{queue}-poison" for queue in queues},
        "trainerTableGrants": set(TABLES),
        "hostContainerGrants": {"packages", "azure-webjobs-hosts", "azure-webjobs-secrets"},
    }
    for table, names in existing.items():
        assert {row["on"] for row in grants(files, table)} <= names, table
    assert variable(files, "main.bicep", "packagesContainer").literal == "packages"
    assert variable(files, "main.bicep", "deadLettersContainer").literal == "dead-letters"


def test_the_api_reaches_everything_that_it_uses(files: Files) -> None:
    mine = {row["on"] for row in grants(files, "sharedContainerGrants") if row["who"] == "api"}
    assert mine == set(CONTAINERS)
    listening = {
        row["on"]
        for row in grants(files, "queueGrants")
        if row["who"] == "api" and row["role"] == "Storage Queue Data Contributor"
    }
    queues = {*QUEUES, EVENTS_QUEUE}
    assert listening == (queues | {f"{queue}-poison" for queue in queues}) - {"training-jobs"}


def test_results_live_longer_than_their_jobs(files: Files) -> None:
    rules = files["modules/dataStorage.bicep"].get("resource", "lifecycle").value.find("properties.policy.rules")
    assert rules is not None
    rule = next(
        each for each in rules.items if (name := each.find("name")) and name.literal == "results-of-expired-jobs"
    )
    days = rule.find("definition.actions.baseBlob.delete.daysAfterModificationGreaterThan")
    assert days is not None
    assert isinstance(days.literal, int)
    assert days.literal > DEFAULT_LIFETIME.days


@pytest.mark.parametrize("role", Role)
def test_a_planted_queue_is_found(role: Role, files: Files) -> None:
    source = files["modules/dataStorage.bicep"].source.replace("'operations'", f"'operations-of-{role}'")
    changed = {**files, "modules/dataStorage.bicep": BicepFile("modules/dataStorage.bicep", source)}
    with pytest.raises(AssertionError, match="operations"):
        test_queues_and_their_poison_queues(changed)
