"""Questions about a data set: asked over HTTP, answered by a child of the trainer, settled by people."""

import json
import sys
from typing import Any

import pytest

from functions.lifecycle import child_process, quality_run, supervision
from functions.services import Services
from functions.stores.jobs import JobStatus
from functions.stores.quality import QualityKind
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

TEXT = "😀 Rome, Oslo, Ana"
ROME, OSLO, ANA = Label(2, 6, "City"), Label(8, 12, "City"), Label(14, 17, "Person")


def path(project: str, rest: str = "") -> str:
    return f"{AUTHORING}/projects/{project}{rest}"


def record(label: Label | None) -> dict[str, Any] | None:
    if label is None:
        return None
    return {"category": label.category, "offset": label.start, "length": label.end - label.start, "text": ""}


def finding(score: float, label: Label | None, proposal: Label | None, document: str = "a.txt") -> dict[str, Any]:
    kind = "missing label" if label is None else "spurious label" if proposal is None else "wrong category"
    return {
        "document": document,
        "kind": kind,
        "score": score,
        "label": record(label),
        "proposal": record(proposal),
        "reason": "Because.",
    }


FINDINGS = [
    finding(0.9, ROME, Label(2, 6, "Person")),
    finding(0.7, None, ANA),
    finding(0.4, OSLO, None),
    finding(0.3, None, Label(0, 1, "City"), "b.txt"),
]
ANSWER = {
    "n_documents": 2, "n_labels": 2, "n_findings": 4, "findings": FINDINGS, "warnings": [{"code": "FewLabels", "message": "Few.", "target": None}],
    "mixed_strings": [{"text": "Rome", "outcomes": [{"category": "City", "n": 2}, {"category": None, "n": 1}]}],
}  # fmt: skip
CURVE = {
    "overall": {"points": [{"n_documents": 3, "f1": 0.5}]},
    "categories": {"a_b": {"n_judged_labels": 2}},
    "n_documents": 5,
}


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the trainer's child a script of a few lines."""
    monkeypatch.setattr(supervision, "HEARTBEAT_SECONDS", 0.05)

    def install(answer: Any, before: str = "") -> None:
        script = (
            f"import json, sys, time\n{before}\n"
            "print(json.dumps({'phase': 'training', 'percent': 40, 'seconds_left': 3}), file=sys.stderr, flush=True)\n"
            f"print(json.dumps(json.loads({json.dumps(answer)!r}) | {{'argv': sys.argv[1:]}}))"
        )
        monkeypatch.setattr(child_process, "_COMMAND", [sys.executable, "-c", script])

    return install


@pytest.fixture
def labelled(world: World, project: str) -> str:
    world.labelled(project, "a.txt", TEXT, ROME, OSLO, dataset="Train")
    world.labelled(project, "b.txt", "😀 and more", dataset="Test")
    world.labelled(project, "c.txt", "Only assigned", dataset="Train", done=False)
    return project


def check(services: Services, client: ApiClient, project: str) -> dict[str, Any]:
    state = client.finish(client.post(path(project, ":check-labels"), json={}))
    quality_run.run_question(services, project, state["jobId"])
    ended: dict[str, Any] = client.get(path(project, f"/check-labels/jobs/{state['jobId']}")).json()
    return ended


def errors(client: ApiClient, project: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path(project, "/label-errors"), **query).json()["value"]
    return found


def test_a_check_from_question_to_queue(services: Services, client: ApiClient, labelled: str, child: Any) -> None:
    child(ANSWER)
    assert_error(client.get(path(labelled, "/label-check")), 404, "NotFound")
    assert errors(client, labelled) == []
    state = check(services, client, labelled)
    assert (state["status"], state["result"]) == ("succeeded", {"documentsCount": 2, "findingsCount": 4})
    found = errors(client, labelled)
    assert [(each["kind"], each["score"], each["text"]) for each in found] == [
        ("wrong category", 0.9, "Rome"), ("missing label", 0.7, "Ana"), ("spurious label", 0.4, "Oslo"), ("missing label", 0.3, "😀"),
    ]  # fmt: skip
    assert (found[0]["label"], found[0]["proposal"]) == (
        {"category": "City", "offset": 3, "length": 4},
        {"category": "Person", "offset": 3, "length": 4},
    )
    document = services.documents.get(labelled, found[0]["location"])
    assert found[0]["contentHash"] == document.content_hash
    assert ("label" in found[1], "proposal" in found[2], found[0]["reason"]) == (False, False, "Because.")
    assert errors(client, labelled, stringIndexType="UnicodeCodePoint")[0]["label"]["offset"] == 2
    assert [each["text"] for each in errors(client, labelled, kind="missing label", location="a.txt")] == ["Ana"]
    summary = client.get(path(labelled, "/label-check")).json()
    assert (summary["findingsCount"], summary["mixedStrings"], summary["warnings"][0]["code"]) == (
        4,
        ANSWER["mixed_strings"],
        "FewLabels",
    )
    suspected = client.get(path(labelled, "/documents"), suspected="true").json()["value"]
    assert [each["location"] for each in suspected] == ["a.txt"]
    latest = services.quality.latest(labelled, QualityKind.LABEL_CHECK)
    assert latest is not None
    assert services.blobs.info("datasets", f"{latest.dataset}/documents.jsonl") is not None
    argv = latest.record["argv"]
    assert (argv[0], argv[2:]) == (
        "check-labels",
        ["--json", "--progress", "json", "--recipe", "fast", "--folds", "4", "--seed", "0", "--stop-with-stdin"],
    )


def test_findings_are_settled_by_labelling_and_by_dismissing(
    services: Services, world: World, client: ApiClient, labelled: str, child: Any
) -> None:
    child(ANSWER)
    check(services, client, labelled)
    labels = path(labelled, "/labels/a.txt")
    fix = {
        "remove": [{"category": "City", "offset": 3, "length": 4}],
        "add": [{"category": "Person", "offset": 3, "length": 4}],
    }
    client.patch(labels, json=fix, headers={"If-Match": client.get(labels).headers["etag"]})
    left = errors(client, labelled)
    assert [each["text"] for each in left] == ["Ana", "Oslo", "😀"]
    assert (
        client.post(path(labelled, "/label-errors:dismiss"), json={"findingIds": [left[0]["findingId"]]}).status_code
        == 204
    )
    assert [each["text"] for each in errors(client, labelled)] == ["Oslo", "😀"]
    assert client.get(path(labelled, "/documents"), suspected="true").json()["value"] == []
    world.document(labelled, "b.txt", "another text")
    assert [each["text"] for each in errors(client, labelled)] == ["Oslo"]
    child({**ANSWER, "findings": FINDINGS[:3]})
    check(services, client, labelled)
    assert "Ana" not in [each["text"] for each in errors(client, labelled)]  # dismissed for later checks too
    client.finish(client.delete(path(labelled, "/entities/City")))
    assert errors(client, labelled) == []


def test_a_learning_curve(services: Services, client: ApiClient, labelled: str, child: Any) -> None:
    child(CURVE)
    assert_error(client.get(path(labelled, "/learning-curve")), 404, "NotFound")
    state = client.finish(client.post(path(labelled, "/:learning-curve"), json={"points": 3}))
    quality_run.run_question(services, labelled, state["jobId"])
    assert client.get(path(labelled, f"/learning-curve/jobs/{state['jobId']}")).json()["status"] == "succeeded"
    curve = client.get(path(labelled, "/learning-curve")).json()
    assert curve["overall"] == {"points": [{"nDocuments": 3, "f1": 0.5}]}
    assert curve["categories"] == {"a_b": {"nJudgedLabels": 2}}
    assert (curve["jobId"], curve["argv"][0], curve["argv"][5:9]) == (
        state["jobId"],
        "learning-curve",
        ["--recipe", "fast", "--points", "3"],
    )


@pytest.mark.parametrize(
    ("before", "code", "word"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "QuestionFailed", "killed"),
        ("sys.exit('no such verb')", "QuestionFailed", "no such verb"),
        ("print(json.dumps({'error': {'code': 'InvalidArgument', 'message': 'Too few.'}})); sys.exit(2)", "InvalidArgument", "Too few."),
    ],
)  # fmt: skip
def test_a_child_that_fails(services: Services, client: ApiClient, labelled: str, child: Any, before: str, code: str, word: str) -> None:  # fmt: skip  # noqa: PLR0917
    child(ANSWER, before)
    state = check(services, client, labelled)
    assert (state["status"], state["error"]["code"]) == ("failed", code)
    assert word in state["error"]["message"]
    assert errors(client, labelled) == []


def test_a_question_that_is_cancelled(services: Services, client: ApiClient, labelled: str, child: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    waiting = client.finish(client.post(path(labelled, ":check-labels"), json={}))["jobId"]
    client.post(path(labelled, f"/check-labels/jobs/{waiting}:cancel"))
    assert client.get(path(labelled, f"/check-labels/jobs/{waiting}")).json()["status"] == "cancelled"
    child(ANSWER, "time.sleep(60)")
    running = client.finish(client.post(path(labelled, ":check-labels"), json={}))["jobId"]
    advance, beats = services.jobs.advance, 0

    def cancel_at_the_second_beat(*args: Any, **changes: Any) -> Any:
        nonlocal beats
        beats += 1
        if beats == 2:
            monkeypatch.undo()
            assert client.post(path(labelled, f"/check-labels/jobs/{running}:cancel")).status_code == 202
        return advance(*args, **changes)

    monkeypatch.setattr(services.jobs, "advance", cancel_at_the_second_beat)
    quality_run.run_question(services, labelled, running)
    assert services.jobs.get(labelled, running).status is JobStatus.CANCELLED
    assert services.quality.latest(labelled, QualityKind.LABEL_CHECK) is None


def test_a_question_delivered_twice_is_answered_once(
    services: Services, client: ApiClient, labelled: str, child: Any
) -> None:
    child(ANSWER)
    state = check(services, client, labelled)
    before = services.jobs.get(labelled, state["jobId"]).etag
    quality_run.run_question(services, labelled, state["jobId"])
    assert services.jobs.get(labelled, state["jobId"]).etag == before
    quality_run.run_question(services, labelled, "gone")


@pytest.mark.parametrize(
    ("verb", "body", "target"),
    [
        ("check-labels", {"recipe": "../x"}, "$.recipe"),
        ("check-labels", {"folds": 1}, "$.folds"),
        ("check-labels", {"seed": -1}, "$.seed"),
        ("learning-curve", {"points": 2}, "$.points"),
        ("learning-curve", {"repeats": 0}, "$.repeats"),
        ("label-errors/:dismiss", {"findingIds": ["x"]}, "$.findingIds[0]"),
        ("label-errors/:dismiss", {"findingIds": []}, "$.findingIds"),
    ],
)
def test_requests_that_are_refused(client: ApiClient, labelled: str, verb: str, body: Any, target: str) -> None:
    address = path(labelled, f"/{verb}" if "/" in verb else f"/:{verb}")
    assert_error(client.post(address, json=body), 400, "InvalidArgument", target=target)


@pytest.mark.parametrize("verb", ["check-labels", "learning-curve"])
def test_nothing_to_ask_about(world: World, client: ApiClient, project: str, verb: str) -> None:
    world.document(project, "a.txt", "Rome")
    for _ in range(2):
        error = assert_error(
            client.post(path(project, f":{verb}"), json={}), 400, "InvalidArgument", inner="TrainingDataInsufficient"
        )
        assert error["details"][0]["code"] == "NoLabels"
        world.labelled(project, "b.txt", "done and empty")
