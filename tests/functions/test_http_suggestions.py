"""Suggestions from a model, a dictionary or both: kept apart from labels, accepted or rejected, and people's labels win."""

from typing import Any
from urllib.parse import quote

import pytest

from functions.errors import StaleError
from functions.lifecycle import autolabel as autolabel_lifecycle
from functions.lifecycle import operations, works
from functions.services import Services
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.suggestions import Suggestion, SuggestionSet, SuggestionSource, SuggestionStore
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

TEXT = "😀 Ana Li saw Rome, Oslo and Bern."
ANA, ROME, OSLO, BERN = (2, 8, "Person"), (13, 17, "City"), (19, 23, "City"), (28, 32, "City")


def path(project: str, rest: str = "") -> str:
    return f"{AUTHORING}/projects/{project}{rest}"


def autolabel(client: ApiClient, project: str, **body: Any) -> dict[str, Any]:
    state = client.finish(client.post(path(project, "/:autolabel"), json=body))
    assert state["status"] == "succeeded", state
    result: dict[str, Any] = state["result"]
    return result


def suggested(client: ApiClient, project: str, location: str = "a.txt") -> list[tuple[int, int, str]]:
    reply = client.get(path(project, f"/suggestions/{quote(location)}"), stringIndexType="UnicodeCodePoint")
    assert reply.status_code == 200, reply.text
    return [(s["offset"], s["offset"] + s["length"], s["category"]) for s in reply.json()["suggestions"]]


def labelled(services: Services, project: str, location: str = "a.txt") -> list[tuple[int, int, str]]:
    return [(label.start, label.end, label.category) for label in services.labels.get(project, location).labels]


def decide(client: ApiClient, project: str, verb: str, **body: Any) -> dict[str, Any]:
    state = client.finish(client.post(path(project, f"/suggestions:{verb}"), json=body))
    assert state["status"] == "succeeded", state
    result: dict[str, Any] = state["result"]
    return result


@pytest.fixture
def trained(world: World, project: str) -> str:
    """A project with a model m and the document a.txt."""
    world.document(project, "a.txt", TEXT)
    world.model(project, "m")
    return project


# --- making them ------------------------------------------------------------------------------------------------------


def test_a_model_suggests_with_its_confidence(services: Services, client: ApiClient, trained: str) -> None:
    result = autolabel(client, trained, trainedModelLabel="m")
    assert result == {"documentsCount": 1, "suggestionsCount": 3, "skippedCount": 0, "unknownCategories": []}
    found = client.get(path(trained, "/suggestions/a.txt")).json()
    assert (found["stringIndexType"], found["contentHash"]) == (
        "Utf16CodeUnit",
        services.documents.get(trained, "a.txt").content_hash,
    )
    assert [(s["offset"], s["length"], s["category"], s["source"]) for s in found["suggestions"]] == [
        (3, 6, "Person", "model"), (14, 4, "City", "model"), (20, 4, "City", "model"),
    ]  # fmt: skip
    sure, unsure = (found["suggestions"][i]["confidenceScore"] for i in (1, 2))
    assert (sure > 0.99, 0.4 < unsure < 0.6) == (True, True)
    assert labelled(services, trained) == []


def test_a_dictionary_suggests_without_a_confidence(client: ApiClient, trained: str) -> None:
    entries = [
        {"category": "City", "texts": ["bern", "Rome", "Rome, Oslo"], "ignoreCase": True},
        {"category": "Person", "texts": ["saw", "Os"]},
    ]
    autolabel(client, trained, dictionary=entries)
    found = client.get(path(trained, "/suggestions/a.txt")).json()["suggestions"]
    assert {s["source"] for s in found} == {"dictionary"}
    assert not [s for s in found if "confidenceScore" in s]
    # The longest text goes first; half a word is no match.
    assert suggested(client, trained) == [(9, 12, "Person"), (13, 23, "City"), BERN]


def test_both_together(client: ApiClient, trained: str) -> None:
    entries = [{"category": "City", "texts": ["Rome", "Bern"]}, {"category": "Person", "texts": ["Oslo"]}]
    autolabel(client, trained, trainedModelLabel="m", dictionary=entries)
    found = client.get(path(trained, "/suggestions/a.txt")).json()["suggestions"]
    assert [(s["category"], s["source"], "confidenceScore" in s) for s in found] == [
        ("Person", "model", True), ("City", "both", True), ("Person", "dictionary", False), ("City", "dictionary", False),
    ]  # fmt: skip


def test_choices(world: World, client: ApiClient, trained: str) -> None:
    world.document(trained, "b.txt", "Rome")
    world.labelled(trained, "c.txt", "Rome Oslo", Label(0, 4, "City"))
    assert autolabel(client, trained, trainedModelLabel="m", categories=["Person"])["suggestionsCount"] == 1
    assert suggested(client, trained) == [ANA]
    assert (
        autolabel(client, trained, trainedModelLabel="m", minConfidence=0.9, locations=["a.txt", "gone"])[
            "suggestionsCount"
        ]
        == 2
    )
    assert suggested(client, trained) == [ANA, ROME]
    assert (
        autolabel(client, trained, trainedModelLabel="m", locations=["c.txt"], unlabelledOnly=True)["suggestionsCount"]
        == 0
    )
    assert autolabel(client, trained, trainedModelLabel="m")["documentsCount"] == 3
    assert suggested(client, trained, "c.txt") == [(5, 9, "City")]


def test_a_model_that_does_not_know_a_category_says_so(world: World, client: ApiClient, trained: str) -> None:
    client.post(path(trained, "/entities"), json={"category": "Event"})
    assert autolabel(client, trained, trainedModelLabel="m")["unknownCategories"] == ["Event"]
    client.finish(client.post(path(trained, "/entities/City:rename"), json={"newName": "Place"}))
    assert autolabel(client, trained, trainedModelLabel="m")["unknownCategories"] == ["Event", "Place"]
    assert suggested(client, trained) == [ANA]


def test_peoples_labels_win(world: World, services: Services, client: ApiClient, trained: str) -> None:
    world.labelled(trained, "a.txt", TEXT, Label(14, 20, "Person"))
    autolabel(client, trained, trainedModelLabel="m")
    assert suggested(client, trained) == [ANA]
    # Also those that were made after the suggestion.
    annotation = services.labels.get(trained, "a.txt")
    newer = type(annotation)("a.txt", (Label(3, 5, "City"),), annotation.content_hash)
    services.labels.save(trained, newer, etag=annotation.etag, by="x")
    assert suggested(client, trained) == []
    assert decide(client, trained, "accept")["labelsCount"] == 0
    assert labelled(services, trained) == [(3, 5, "City")]


def test_suggestions_for_an_older_text_are_gone(world: World, client: ApiClient, trained: str) -> None:
    autolabel(client, trained, trainedModelLabel="m")
    world.document(trained, "a.txt", "Another text with Rome in it, long enough for all offsets")
    assert suggested(client, trained) == []
    assert client.get(path(trained, "/documents"), suggested="true").json()["value"] == []
    assert autolabel(client, trained, trainedModelLabel="m")["suggestionsCount"] == 1


def test_where_there_are_suggestions(world: World, client: ApiClient, trained: str) -> None:
    for name in ("b", "c", "d"):
        world.document(trained, f"{name}.txt", f"Rome {name}" if name != "c" else "nothing")
    autolabel(client, trained, trainedModelLabel="m")
    first = client.get(path(trained, "/suggestions"), maxpagesize=2).json()
    rest = client.get(first["nextLink"]).json()
    assert [(each["location"], each["suggestionsCount"]) for each in [*first["value"], *rest["value"]]] == [
        ("a.txt", 3), ("b.txt", 1), ("d.txt", 1),
    ]  # fmt: skip
    assert (first["value"][0]["categories"], rest["nextLink"]) == ({"Person": 1, "City": 2}, None)
    listed = client.get(path(trained, "/documents"), suggested="true").json()["value"]
    assert [(each["location"], each["suggestionsCount"]) for each in listed] == [
        ("a.txt", 3),
        ("b.txt", 1),
        ("d.txt", 1),
    ]
    assert [
        each["location"] for each in client.get(path(trained, "/documents"), suggested="false").json()["value"]
    ] == ["c.txt"]
    client.delete(path(trained, "/documents/b.txt"))
    assert len(client.get(path(trained, "/suggestions")).json()["value"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "inner", "target"),
    [
        ({}, 400, "NothingToSuggestFrom", "$"),
        ({"trainedModelLabel": "m", "categories": ["Gone"]}, 400, "UndeclaredCategory", "$.categories[0]"),
        ({"dictionary": [{"category": "Gone", "texts": ["x"]}]}, 400, "UndeclaredCategory", "$.dictionary[0].category"),
        ({"dictionary": [{"category": "City", "texts": []}]}, 400, "InvalidRequestBodyFormat", "$.dictionary[0].texts"),
        ({"dictionary": [{"category": "City", "texts": ["x", " "]}]}, 400, "InvalidText", "$.dictionary[0].texts[1]"),
        ({"dictionary": [{"category": "City", "texts": ["x" * 501]}]}, 400, "InvalidText", "$.dictionary[0].texts[0]"),
        ({"dictionary": [{"category": "City", "texts": ["x"] * 10_001}]}, 400, "TooManyTexts", "$.dictionary"),
        ({"trainedModelLabel": "m", "minConfidence": 1.5}, 400, "InvalidRequestBodyFormat", "$.minConfidence"),
        ({"trainedModelLabel": "m", "locations": []}, 400, "InvalidRequestBodyFormat", "$.locations"),
        ({"trainedModelLabel": "gone"}, 404, None, "trainedModelLabel"),
    ],
)
def test_requests_that_are_refused(client: ApiClient, trained: str, body: Any, status: int, inner: str | None, target: str) -> None:  # fmt: skip  # noqa: PLR0917
    reply = client.post(path(trained, ":autolabel"), json=body)
    assert reply.status_code == status, reply.text
    error = reply.json()["error"]
    assert error["target"] == target
    assert error.get("innererror", {}).get("code") == inner


def test_a_second_run_keeps_suggestions_of_other_categories(client: ApiClient, trained: str) -> None:
    autolabel(client, trained, trainedModelLabel="m", categories=["City"])
    bern = {"category": "Person", "texts": ["Ana Li", "Bern"]}
    assert autolabel(client, trained, dictionary=[bern])["suggestionsCount"] == 2
    assert suggested(client, trained) == [ANA, ROME, OSLO, (28, 32, "Person")]
    # Its own category it judges anew.
    autolabel(client, trained, dictionary=[{"category": "Person", "texts": ["Ana"]}])
    assert suggested(client, trained) == [(2, 5, "Person"), ROME, OSLO]


def test_a_dictionary_names_its_own_categories(client: ApiClient, trained: str) -> None:
    entry = {"category": "Person", "texts": ["Bern"]}
    autolabel(client, trained, trainedModelLabel="m", categories=["City"], dictionary=[entry])
    assert suggested(client, trained) == [ROME, OSLO, (28, 32, "Person")]


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "accepted"),
    [
        ({}, [ANA, ROME, OSLO, BERN]),
        ({"minConfidence": 0.9}, [ANA, ROME]),
        ({"minConfidence": 0}, [ANA, ROME, OSLO]),  # a dictionary knows no confidence
        ({"categories": ["Person"]}, [ANA]),
        ({"categories": []}, []),
        ({"sources": ["dictionary"]}, [BERN]),
        ({"sources": ["model"], "categories": ["City"]}, [ROME, OSLO]),
        ({"locations": ["a.txt"]}, [ANA, ROME, OSLO, BERN]),
        ({"locations": ["gone.txt"]}, []),
        ({"locations": ["a.txt"], "labels": [{"category": "City", "offset": 14, "length": 4}]}, [ROME]),
        ({"locations": ["a.txt"], "labels": [{"category": "Person", "offset": 14, "length": 4}]}, []),
        ({"locations": ["a.txt"], "labels": []}, []),
    ],
)
def test_accepting_and_rejecting(services: Services, client: ApiClient, trained: str, choice: dict[str, Any], accepted: list[Any]) -> None:  # fmt: skip
    body: dict[str, Any] = {"trainedModelLabel": "m", "dictionary": [{"category": "City", "texts": ["Bern"]}]}
    everything = [ANA, ROME, OSLO, BERN]
    autolabel(client, trained, **body)
    result = decide(client, trained, "accept", **choice)
    assert result["labelsCount"] == len(accepted)
    assert labelled(services, trained) == accepted
    assert suggested(client, trained) == [each for each in everything if each not in accepted]
    client.finish(client.post(path(trained, f"/changes/{result['changeId']}:undo")))
    assert labelled(services, trained) == []
    autolabel(client, trained, **body)
    assert decide(client, trained, "reject", **choice)["suggestionsCount"] == len(accepted)
    assert labelled(services, trained) == []
    autolabel(client, trained, **body)
    assert suggested(client, trained) == [each for each in everything if each not in accepted]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"labels": []}, "$.locations"),
        ({"labels": [], "locations": ["a.txt", "b.txt"]}, "$.locations"),
        ({"labels": [{"category": "City", "offset": 1, "length": 1}], "locations": ["a.txt"]}, "$.labels[0]"),
        ({"labels": [{"category": "City", "offset": 900, "length": 1}], "locations": ["a.txt"]}, "$.labels[0]"),
        ({"sources": ["me"]}, "$.sources[0]"),
        ({"minConfidence": -1}, "$.minConfidence"),
    ],
)
@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_choices_that_are_refused(client: ApiClient, trained: str, verb: str, body: Any, target: str) -> None:
    assert_error(client.post(path(trained, f"/suggestions/:{verb}"), json=body), 400, "InvalidArgument", target=target)


def test_a_document_without_a_text_has_no_suggestions(world: World, client: ApiClient, trained: str) -> None:
    world.document(trained, "b.exe", b"MZ\x00")
    assert_error(client.get(path(trained, "/suggestions/b.exe")), 409, "Conflict", inner="DocumentUnreadable")
    assert_error(client.get(path(trained, "/suggestions/gone")), 404, "NotFound", target="location")


# --- long jobs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def queued(world: World, client: ApiClient, trained: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A project and an autolabel job that waits in the queue."""
    monkeypatch.setattr("functions.http.autolabel._INLINE_DOCUMENTS", 1)
    monkeypatch.setattr(autolabel_lifecycle, "_REPORT_EVERY", 1)
    for name in ("b", "c"):
        world.document(trained, f"{name}.txt", f"Rome {name}")
    state = client.finish(client.post(path(trained, ":autolabel"), json={"trainedModelLabel": "m"}))
    assert state["status"] == "notStarted"
    return trained, state["jobId"]


def test_a_queued_job_reports_and_ends(services: Services, client: ApiClient, queued: tuple[str, str]) -> None:
    project, job_id = queued
    operations.run_queued(services, project, job_id, works.WORKS)
    state = client.get(path(project, f"/autolabel/jobs/{job_id}")).json()
    assert (state["status"], state["result"]["suggestionsCount"]) == ("succeeded", 5)
    operations.run_queued(services, project, job_id, works.WORKS)  # delivered twice
    assert client.get(path(project, f"/autolabel/jobs/{job_id}")).json() == state
    assert_error(client.post(path(project, f"/autolabel/jobs/{job_id}:cancel")), 400, "InvalidRequest")


def test_a_job_stops_when_asked(
    services: Services, client: ApiClient, queued: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, job_id = queued
    suggest = autolabel_lifecycle._suggest

    def cancel_after(*args: Any) -> int:
        made = suggest(*args)
        running = client.get(path(project, f"/autolabel/jobs/{job_id}")).json()
        if running["status"] == "running":
            assert running["result"] == {"documentsCount": 0}
            assert client.post(path(project, f"/autolabel/jobs/{job_id}:cancel")).status_code == 202
        return made

    monkeypatch.setattr(autolabel_lifecycle, "_suggest", cancel_after)
    operations.run_queued(services, project, job_id, works.WORKS)
    assert client.get(path(project, f"/autolabel/jobs/{job_id}")).json()["status"] == "cancelled"
    assert (len(suggested(client, project)), suggested(client, project, "b.txt")) == (3, [])


def test_a_run_that_takes_over_goes_on_where_the_other_died(
    services: Services, client: ApiClient, queued: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, job_id = queued
    suggest, seen = autolabel_lifecycle._suggest, []

    def die_at_b(services: Services, job: Any, document: Any, sources: Any) -> int:
        seen.append(document.location)
        if seen == ["a.txt", "b.txt"]:
            raise KeyboardInterrupt
        return suggest(services, job, document, sources)

    monkeypatch.setattr(autolabel_lifecycle, "_suggest", die_at_b)
    with pytest.raises(KeyboardInterrupt):
        operations.run_queued(services, project, job_id, works.WORKS)
    operations.run_queued(services, project, job_id, works.WORKS)
    assert seen == ["a.txt", "b.txt", "b.txt", "c.txt"]
    assert services.jobs.get(project, job_id).status is JobStatus.SUCCEEDED


def test_an_acceptance_that_is_delivered_twice(services: Services, client: ApiClient, trained: str) -> None:
    autolabel(client, trained, trainedModelLabel="m")
    request: dict[str, Any] = {
        "changeId": "1",
        "kind": "acceptSuggestions",
        "details": {},
        "by": "ann",
        "choice": {},
        "locations": None,
        "labels": None,
    }
    first, second = (
        operations.run_now(services, new_job(trained, JobKind.CHANGE, request), works.make_change) for _ in range(2)
    )
    assert first.result == second.result
    assert labelled(services, trained) == [ANA, ROME, OSLO]


def test_of_suggestions_that_overlap_the_first_is_accepted_and_the_others_are_gone(
    services: Services, client: ApiClient, trained: str
) -> None:
    """Runs make none; what an older version or another writer left is no reason to fail."""
    content_hash = services.documents.get(trained, "a.txt").content_hash
    assert content_hash is not None
    spans = [(2, 8, "Person"), (2, 5, "City"), (6, 17, "City"), (13, 17, "City"), (28, 32, "Gone")]
    made = tuple(Suggestion(*span, SuggestionSource.MODEL, 0.9) for span in spans)
    services.suggestions.save(trained, SuggestionSet("a.txt", content_hash, made))
    result = decide(client, trained, "accept")
    assert (result["labelsCount"], result["skippedCount"]) == (2, 0)
    assert labelled(services, trained) == [ANA, ROME]
    assert suggested(client, trained) == []


def test_what_was_accepted_and_then_taken_away_by_hand_stays_away_after_an_undo(
    services: Services, client: ApiClient, trained: str
) -> None:
    autolabel(client, trained, trainedModelLabel="m")
    change = decide(client, trained, "accept")["changeId"]
    annotation = services.labels.get(trained, "a.txt")
    mine = Label(2, 8, "City")
    edited = type(annotation)("a.txt", (mine, *annotation.labels[1:]), annotation.content_hash)
    services.labels.save(trained, edited, etag=annotation.etag, by="x")
    client.finish(client.post(path(trained, f"/changes/{change}:undo")))
    assert labelled(services, trained) == [(2, 8, "City")]


# --- the store --------------------------------------------------------------------------------------------------------


def test_suggestions_survive_storage_and_are_guarded(services: Services, project: str) -> None:
    store: SuggestionStore = services.suggestions
    made = SuggestionSet(
        "a/b#.txt",
        "hash",
        (Suggestion(0, 1, "😀", SuggestionSource.MODEL, 0.5), Suggestion(2, 3, "b", SuggestionSource.DICTIONARY)),
        (Label(4, 5, "c"),),
        "job",
    )
    store.save(project, made)
    found = store.find(project, "a/b#.txt")
    assert found == made
    assert [(each.location, each.counts, each.job_id) for each in store.summaries(project)] == [
        ("a/b#.txt", {"😀": 1, "b": 1}, "job")
    ]
    store.save(project, found)
    with pytest.raises(StaleError):
        store.save(project, found)
    store.delete_project(project)
    assert store.find(project, "a/b#.txt") is None
