"""Suspected documents, in lists and in the queue: few among many, found without looking at the others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.lifecycle import document_list, findings
from functions.services import Services
from functions.stores.quality import QualityKind, QualityResult
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient
from tests.functions.world import World

ROME = Label(0, 4, "City")
TEXT = "Rome saw Ana"


def record(document: str, content_hash: str, score: float = 0.9, label: Label | None = ROME) -> dict[str, Any]:
    wire = {"category": label.category, "offset": label.start, "length": label.end - label.start} if label else None
    proposal = {"category": "Person", "offset": 9, "length": 3} if label is None else None
    return {
        "id": f"{abs(hash((document, score))):024x}"[:24], "document": document, "contentHash": content_hash, "reason": ".",
        "kind": "spurious label" if label else "missing label", "score": score, "label": wire, "proposal": proposal,
    }  # fmt: skip


def save_check(services: Services, project: str, records: list[dict[str, Any]], job: str = "job") -> None:
    result = QualityResult(f"{project}/checked", job, datetime.now(UTC), {"findings": records})
    services.quality.save(project, QualityKind.LABEL_CHECK, result)


@pytest.fixture
def checked(world: World, project: str) -> str:
    """Every third of 30 documents is suspected, apart from some whose findings are settled in one way or another."""
    records = []
    for i in range(30):
        stored = world.labelled(project, f"{i:02}.txt", f"{TEXT} {i}", ROME, dataset="Test" if i % 2 else "Train")
        if i % 3 == 0:
            records.append(record(stored.location, stored.content_hash or "", 0.4 if i == 27 else 0.9))
    save_check(world.services, project, [*records, record("gone.txt", "x")])
    world.document(project, "03.txt", "another text")
    world.services.labels.clear(project, "06.txt", by="test")
    world.services.quality.dismiss(project, [records[3]["id"]])
    return project


def recorded(monkeypatch: pytest.MonkeyPatch, store: Any, method: str) -> list[str]:
    """The second argument of each call from now on: the location, or the blob's name."""
    calls: list[str] = []
    plain = getattr(store, method)

    def record_and_call(*names: str) -> Any:
        calls.append(names[1])
        return plain(*names)

    monkeypatch.setattr(store, method, record_and_call)
    return calls


SUSPECTED = ["00.txt", "12.txt", "15.txt", "18.txt", "21.txt", "24.txt"]
OTHERS = [f"{i:02}.txt" for i in range(30) if f"{i:02}.txt" not in SUSPECTED]


def locations(client: ApiClient, project: str, **query: str | int) -> tuple[list[str], int]:
    """Of all pages, and how many pages there were."""
    found: list[str] = []
    link, pages = f"{AUTHORING}/projects/{project}/documents", 0
    while link:
        page = client.get(link, **query).json()
        found += [each["location"] for each in page["value"]]
        link, query, pages = page["nextLink"], {}, pages + 1
    return found, pages


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, SUSPECTED),
        ({"dataset": "Test"}, ["15.txt", "21.txt"]),
        ({"search": "ANA 1"}, ["12.txt", "15.txt", "18.txt"]),
        ({"status": "failed"}, []),
        ({"after": "15.txt"}, ["18.txt", "21.txt", "24.txt"]),
        ({"after": "15"}, ["15.txt", "18.txt", "21.txt", "24.txt"]),
        ({"skip": 4}, ["21.txt", "24.txt"]),
        ({"suspected": "false"}, OTHERS),
        ({"suspected": "false", "dataset": "Test", "after": "20"}, ["23.txt", "25.txt", "27.txt", "29.txt"]),
    ],
)
def test_suspected_documents(
    client: ApiClient, checked: str, query: dict[str, Any], expected: list[str], size: int
) -> None:
    assert locations(client, checked, **{"suspected": "true", "maxpagesize": size, **query})[0] == expected


@pytest.mark.parametrize("bound", [1, 2, 7])
@pytest.mark.parametrize(
    "query", [{"suspected": "true"}, {"suspected": "true", "search": "ana"}, {"suspected": "false"}]
)
def test_pages_of_bounded_work_are_complete(
    client: ApiClient, checked: str, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], bound: int
) -> None:
    for name in ("_CHUNK", "_SEARCH_CHUNK", "_MAX_READ", "_MAX_SEARCHED"):
        monkeypatch.setattr(document_list, name, bound)
    found, pages = locations(client, checked, **query)
    assert found == (OTHERS if query["suspected"] == "false" else SUSPECTED)
    assert pages > 1


def test_a_page_looks_at_no_document_that_nothing_was_found_in(
    services: Services, client: ApiClient, checked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = recorded(monkeypatch, services.documents, "find")
    monkeypatch.setattr(services.documents, "read_after", None)
    assert locations(client, checked, suspected="true")[0] == SUSPECTED
    assert sorted(looked_at) == sorted([*(f"{i:02}.txt" for i in range(0, 27, 3) if i != 9), "gone.txt"])


def test_stored_findings_are_read_once_and_a_new_check_is_seen(
    services: Services, world: World, client: ApiClient, checked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    locations(client, checked, suspected="true")
    read = recorded(monkeypatch, services.blobs, "get")
    assert locations(client, checked, suspected="true", maxpagesize=1)[0] == SUSPECTED
    assert read == []
    stored = services.documents.get(checked, "29.txt")
    save_check(services, checked, [record("29.txt", stored.content_hash or "")], job="next")
    assert locations(client, checked, suspected="true")[0] == ["29.txt"]
    services.quality.delete_project(checked)
    assert locations(client, checked, suspected="true")[0] == []


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_queue_keeps_its_order_and_reads_only_what_is_asked_for(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(findings, "_BATCH", batch)
    stored = [world.labelled(project, f"{i}.txt", f"{TEXT} {i}", ROME) for i in range(4)]
    places = [3, 0, 3, 1, 2, 0]
    records = [
        record(f"{i}.txt", stored[i].content_hash or "", 0.9 - n / 10, ROME if n % 2 else None)
        for n, i in enumerate(places)
    ]
    save_check(services, project, records)
    looked_at = recorded(monkeypatch, services.documents, "find")
    found = list(findings.open_findings(services, project))
    assert [each.document.location for each in found] == [f"{i}.txt" for i in places]
    assert [each.score for each in found] == [each["score"] for each in records]
    assert sorted(looked_at) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    looked_at.clear()
    assert [each.score for each in findings.open_findings(services, project, location="0.txt")] == [0.8, 0.4]
    assert len(list(findings.open_findings(services, project, kind="missing label", location="3.txt"))) == 2
    assert set(looked_at) == {"0.txt", "3.txt"}
