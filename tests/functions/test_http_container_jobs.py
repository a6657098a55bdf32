"""Batches over whole containers: one line for every document, whatever dies, comes twice or happens meanwhile."""

import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from azure.core.exceptions import HttpResponseError

from functions.errors import StaleError
from functions.lifecycle import container_batch, container_documents, container_listing, container_results
from functions.services import Services
from functions.stores.blobs import BlobStore
from functions.stores.connection import CONTAINER_QUEUE, StorageConnection
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, new_job
from functions.stores.parts import PartStore
from functions.triggers import api
from model_tools.errors import ArtifactError
from model_tools.extract.extractor import MAX_FILE_BYTES
from tests.functions.api_client import QUERY_KEY, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

JOBS = f"{RUNTIME}/analyze-text/container-jobs"
NAMES = [f"in/{i:02d}.txt" for i in range(11)]
FOUND = {"text": "Ana", "category": "Person", "offset": 0, "length": 3, "confidenceScore": 1.0}


@dataclass
class Queue:
    """The messages that were sent, to be delivered when the test says so."""

    waiting: list[dict[str, Any]] = field(default_factory=list)

    def take(self) -> list[dict[str, Any]]:
        taken, self.waiting = self.waiting, []
        return taken

    def deliver(self, message: dict[str, Any], function: Any = api.run_container) -> None:
        class Message:
            def get_body(self) -> bytes:
                return json.dumps(message).encode()

        function._function.get_user_function()(Message())

    def run(self) -> None:
        """Delivers until there is nothing more."""
        while self.waiting:
            self.deliver(self.waiting.pop(0))


@pytest.fixture
def queue(services: Services, monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()

    def send(_: StorageConnection, name: str, message: dict[str, Any]) -> None:
        assert name == CONTAINER_QUEUE
        queue.waiting.append(json.loads(json.dumps(message)))

    monkeypatch.setattr(StorageConnection, "send", send)
    monkeypatch.setattr("functions.services._services", services)
    return queue


@dataclass
class Batch:
    """A deployment, a container of input and one of output."""

    services: Services
    client: ApiClient
    body: dict[str, Any]

    def put(self, name: str, content: bytes | str = "Ana was here.") -> None:
        data = content.encode() if isinstance(content, str) else content
        self.services.blobs.put(self.body["inputContainer"], name, data, "application/octet-stream")

    def start(self, **fields: Any) -> str:
        """The address of a new job."""
        reply = self.client.post(JOBS, json={**self.body, **fields})
        assert reply.status_code == 202, reply.text
        location: str = reply.headers["operation-location"]
        return location

    def cancel(self, location: str) -> httpx.Response:
        return self.client.post(f"{JOBS}/{self.state(location)['jobId']}:cancel")

    def state(self, location: str) -> dict[str, Any]:
        reply = self.client.get(location)
        assert reply.status_code == 200, reply.text
        state: dict[str, Any] = reply.json()
        return state

    def job(self, location: str) -> Job:
        return self.services.jobs.get(RUNTIME_SCOPE, self.state(location)["jobId"])

    def lines(self, location: str) -> list[dict[str, Any]]:
        content = self.services.blobs.get(
            self.body["outputContainer"], container_results.results_blob(self.job(location))
        )
        assert not content or content.endswith(b"\n")
        return [json.loads(line) for line in content.split(b"\n")[:-1]]

    def assert_done(self, location: str, names: list[str]) -> None:
        state = self.state(location)
        assert (state["status"], state["errors"]) == ("succeeded", [])
        assert self.lines(location) == [{"name": name, "entities": [FOUND]} for name in names]
        result = state["result"]
        counts = [result[name] for name in ("documentsCount", "doneCount", "failedCount")]
        assert counts == [len(names), len(names), 0]
        assert "secondsLeft" not in result
        assert self.services.parts.keys(state["jobId"]) == set()


@pytest.fixture
def batch(services: Services, client: ApiClient, world: World, project: str) -> Batch:
    world.deployment(project)
    body = {
        "projectName": project,
        "deploymentName": "d",
        "inputContainer": world.container(),
        "inputPrefix": "in/",
        "outputContainer": world.container(),
        "outputPrefix": "out/",
    }
    return Batch(services, client, body)


@pytest.fixture
def small(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Eleven documents in three pages of up to four, in chunks of up to two."""
    monkeypatch.setattr(container_listing, "PAGE_FILES", 4)
    monkeypatch.setattr(container_listing, "CHUNK_FILES", 2)
    for name in NAMES:
        batch.put(name)
    return batch


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_every_document_has_a_line(batch: Batch, queue: Queue) -> None:
    html = "<html><body><p>Ana Li</p><script>Rome</script><p>saw Rome.</p></body></html>"
    files: dict[str, bytes | str] = {
        "in/a.txt": "😀 Ana Li saw Rome.",
        "in/b.md": "# Rome",
        "in/deep/er/c.html": html,
        "in/d.txt": "Nobody is here.",
        "in/e.exe": b"MZ\x00",
        "in/f.txt": b"   ",
        "in/g.pdf": b"%PDF-1.7 broken",
        "in/h.docx": b"no zip",
        "in/folder/": b"",
        "elsewhere.txt": "Rome",
        "in/\u2028 名.txt": "東京",
    }
    for name, content in files.items():
        batch.put(name, content)
    location = batch.start(displayName="Names", stringIndexType="Utf16CodeUnit", language="en")
    assert batch.state(location)["status"] == "notStarted"
    queue.run()
    lines = batch.lines(location)
    assert sorted(line["name"] for line in lines) == sorted(files.keys() - {"in/folder/", "elsewhere.txt"})
    by_name = {line.pop("name"): line for line in lines}
    assert by_name["in/a.txt"]["entities"] == [
        {"text": "Ana Li", "category": "Person", "offset": 3, "length": 6, "confidenceScore": 1.0},
        {"text": "Rome", "category": "City", "offset": 14, "length": 4, "confidenceScore": 1.0},
    ]
    assert [entity["text"] for entity in by_name["in/deep/er/c.html"]["entities"]] == ["Ana Li", "Rome"]
    assert by_name["in/d.txt"] == {"entities": []}
    assert [entity["text"] for entity in by_name["in/\u2028 名.txt"]["entities"]] == ["東京"]
    codes = {name: line["error"]["code"] for name, line in by_name.items() if "error" in line}
    assert codes == {
        "in/e.exe": "UnsupportedFileType",
        "in/f.txt": "EmptyDocument",
        "in/g.pdf": "CorruptFile",
        "in/h.docx": "CorruptFile",
    }
    state = batch.state(location)
    result = state["result"]
    assert (state["status"], result["displayName"]) == ("succeeded", "Names")
    assert (result["documentsCount"], result["doneCount"], result["failedCount"]) == (9, 9, 4)
    output = batch.body["outputContainer"]
    assert {result["resultsBlob"], result["summaryBlob"]} == {
        blob.name for blob in batch.services.blobs.listing(output)
    }
    assert json.loads(batch.services.blobs.get(output, result["summaryBlob"])) == {
        "jobId": state["jobId"],
        "status": "succeeded",
        "documentsCount": 9,
        "failedCount": 4,
        "projectName": batch.body["projectName"],
        "deploymentName": "d",
        "trainedModelLabel": "m",
    }


def test_nothing_under_the_prefix(batch: Batch, queue: Queue) -> None:
    location = batch.start()
    queue.run()
    batch.assert_done(location, [])


def test_a_container_of_its_own_needs_no_prefixes(batch: Batch, queue: Queue) -> None:
    batch.put("a.txt")
    location = batch.start(inputPrefix="", outputPrefix="")
    queue.run()
    batch.assert_done(location, ["a.txt"])


def test_texts_that_are_too_long_are_told_and_the_others_done(
    batch: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_documents, "MAX_CHARACTERS", 20)
    plain = BlobStore.listing_page

    def listing_page(*args: Any) -> Any:
        blobs, marker = plain(*args)
        object.__setattr__(blobs[2], "size", MAX_FILE_BYTES + 1)
        return blobs, marker

    monkeypatch.setattr(BlobStore, "listing_page", listing_page)
    for name, text in (
        ("in/a.txt", "Ana " * 5),
        ("in/b.txt", "Ana " * 5 + "!"),
        ("in/c.txt", "Ana"),
        ("in/d.txt", "Ana"),
    ):
        batch.put(name, text)
    location = batch.start()
    queue.run()
    lines = batch.lines(location)
    assert [line.get("error", {}).get("code") for line in lines] == [None, "TooLarge", "TooLarge", None]


def test_the_threshold_of_the_project_holds(world: World, batch: Batch, queue: Queue) -> None:
    project = world.project(settings={"confidenceThreshold": 0.9})
    world.deployment(project)
    batch.put("in/a.txt", "Oslo and Rome")
    location = batch.start(projectName=project)
    queue.run()
    assert [entity["text"] for entity in batch.lines(location)[0]["entities"]] == ["Rome"]


# --- at least once ----------------------------------------------------------------------------------------------------


def test_chunks_are_messages(small: Batch, queue: Queue) -> None:
    location = small.start()
    (listing,) = queue.take()
    assert listing.keys() == {"scope", "jobId"}
    queue.deliver(listing)
    sent = sorted((message["page"], message["chunk"]) for message in queue.waiting)
    assert sent == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    queue.run()
    small.assert_done(location, NAMES)


@pytest.mark.parametrize("step", [1, 5, -1])
def test_any_order_and_everything_twice(small: Batch, queue: Queue, step: int) -> None:
    location = small.start()
    (listing,) = queue.take()
    queue.deliver(listing)
    messages = [*queue.take(), listing]
    ordered = [messages[i * step % len(messages)] for i in range(len(messages))]
    assert sorted(map(str, ordered)) == sorted(map(str, messages))
    for message in (*ordered, *ordered):
        queue.deliver(message)
    queue.run()
    small.assert_done(location, NAMES)


def test_many_workers_with_every_message_twice(small: Batch, queue: Queue) -> None:
    location = small.start()
    (listing,) = queue.take()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(queue.deliver, [listing, listing]))
        list(pool.map(queue.deliver, [*queue.take(), listing]))
    queue.run()
    small.assert_done(location, NAMES)


class DeathError(Exception):
    """The process is gone."""


def die_once(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, *, nth: int = 0, after: bool = False) -> None:
    """The `nth` call from now is the last thing that its process does, before or `after` what it is for."""
    plain, calls = getattr(target, name), itertools.count()

    def die(*args: Any, **options: Any) -> Any:
        if next(calls) != nth:
            return plain(*args, **options)
        if after:
            plain(*args, **options)
        raise DeathError

    monkeypatch.setattr(target, name, die)


LISTERS_ENDS = [
    (BlobStore, "listing_page", 1),
    (PartStore, "add", 1),
    (StorageConnection, "send_all", 1),
    (container_listing, "_report", 1),
    (BlobStore, "listing_page", 0),
    (StorageConnection, "send_all", 0),
    (container_listing, "end_if_over", 0),
]


@pytest.mark.parametrize("death", LISTERS_ENDS, ids=lambda death: f"{death[1]}-{death[2]}")
@pytest.mark.parametrize("does_its_work", [False, True])
def test_a_lister_that_dies(
    small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch, death: tuple[Any, str, int], does_its_work: bool
) -> None:
    """Files that are there when their page is first seen have one line; what comes later may have one, never two."""
    location = small.start()
    (listing,) = queue.take()
    with monkeypatch.context() as dying:
        die_once(dying, death[0], death[1], nth=death[2], after=does_its_work)
        with pytest.raises(DeathError):
            queue.deliver(listing)
    small.put("in/00a.txt")
    small.put("in/10a.txt")
    queue.run()
    assert small.state(location)["status"] == ("succeeded" if death[1] == "end_if_over" else "running")
    queue.deliver(listing)
    queue.run()
    assert small.state(location)["status"] == "succeeded"
    names = [line["name"] for line in small.lines(location)]
    assert names == sorted(set(names))
    assert {*NAMES} <= {*names} <= {*NAMES, "in/00a.txt", "in/10a.txt"}


@pytest.mark.parametrize(
    "death",
    [
        (container_documents, "_outcomes"),
        (BlobStore, "stage_block"),
        (PartStore, "add"),
        (container_batch, "end_if_over"),
        (BlobStore, "commit_blocks"),
        (BlobStore, "put"),
    ],
    ids=lambda death: death[1],
)
@pytest.mark.parametrize("does_its_work", [False, True])
def test_a_worker_that_dies(
    small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch, death: tuple[Any, str], does_its_work: bool
) -> None:
    """Every worker dies once, at the same place; each message comes again."""
    location = small.start()
    queue.deliver(queue.take()[0])
    for message in queue.take():
        with monkeypatch.context() as dying:
            die_once(dying, *death, after=does_its_work)
            with suppress(DeathError):
                queue.deliver(message)
        queue.deliver(message)
    small.assert_done(location, NAMES)


def test_a_listing_that_another_one_has_overtaken(small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at a page and its being kept, another run does the whole job's listing, and sees more files."""
    location = small.start()
    (listing,) = queue.take()
    plain = BlobStore.listing_page
    with monkeypatch.context() as overtaken:

        def listing_page(*args: Any) -> Any:
            page = plain(*args)
            overtaken.setattr(BlobStore, "listing_page", plain)
            small.put("in/00a.txt")
            queue.deliver(listing)
            return page

        overtaken.setattr(BlobStore, "listing_page", listing_page)
        queue.deliver(listing)
    queue.run()
    small.assert_done(location, sorted([*NAMES, "in/00a.txt"]))


def test_a_rerun_asks_only_for_what_is_not_done(small: Batch, queue: Queue) -> None:
    location = small.start()
    (listing,) = queue.take()
    queue.deliver(listing)
    first, *_ = queue.take()
    queue.deliver(first)
    queue.deliver(listing)
    assert len(queue.waiting) == 5
    assert first not in queue.waiting
    queue.run()
    small.assert_done(location, NAMES)


# --- meanwhile --------------------------------------------------------------------------------------------------------


def test_progress(small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    location = small.start()
    with monkeypatch.context() as interrupted:
        die_once(interrupted, container_listing, "_report", nth=1, after=True)
        with pytest.raises(DeathError):
            queue.deliver(queue.waiting[0])
    listing, *_ = queue.take()
    reply = small.client.get(location)
    assert reply.json()["result"]["documentsCount"] == 8
    assert (reply.json()["result"]["isListed"], "secondsLeft" in reply.json()["result"]) == (False, False)
    assert reply.headers["retry-after"]
    queue.deliver(listing)
    done = []
    for message in queue.take():
        queue.deliver(message)
        state = small.state(location)
        result = state["result"]
        done.append(result["doneCount"])
        assert (result["documentsCount"], result["isListed"]) == (len(NAMES), True)
        assert (result.get("secondsLeft", -1) >= 0) == (state["status"] == "running")
    assert sorted(done) == done
    assert (done[-1], len(set(done))) == (len(NAMES), 6)


def test_a_poll_while_the_job_ends(small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts go when the job ends: a poll in between never shows fewer documents than the one before."""
    location = small.start()
    queue.deliver(queue.take()[0])
    plain = PartStore.read_all
    with monkeypatch.context() as ending:

        def read_all(*args: Any) -> Any:
            ending.setattr(PartStore, "read_all", plain)
            queue.run()
            return plain(*args)

        ending.setattr(PartStore, "read_all", read_all)
        small.assert_done(location, NAMES)


def test_cancelling_keeps_what_is_done(small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    messages = queue.take()
    for message in messages[:2]:
        queue.deliver(message)
    reply = small.cancel(location)
    assert (reply.status_code, reply.headers["operation-location"]) == (202, location)
    with monkeypatch.context() as untouched:
        untouched.delattr(container_documents, "_read")
        for message in messages[2:]:
            queue.deliver(message)
    state = small.state(location)
    assert (state["status"], state["result"]["doneCount"], state["result"]["documentsCount"]) == ("cancelled", 4, 11)
    expected = [4 * message["page"] + 2 * message["chunk"] + i for message in messages[:2] for i in (0, 1)]
    assert [line["name"] for line in small.lines(location)] == [NAMES[i] for i in sorted(expected)]
    assert small.services.parts.keys(state["jobId"]) == set()
    assert_error(small.cancel(location), 400, "InvalidRequest")


def test_cancelling_before_it_starts(small: Batch, queue: Queue) -> None:
    location = small.start()
    assert small.cancel(location).status_code == 202
    queue.run()
    state = small.state(location)
    assert (state["status"], state["result"]["documentsCount"]) == ("cancelled", 0)
    assert list(small.services.blobs.listing(small.body["outputContainer"])) == []


def test_one_model_does_all_of_it(world: World, small: Batch, queue: Queue) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    small.services.deployments.delete(small.body["projectName"], "d")
    small.services.directory.forget()
    queue.run()
    small.assert_done(location, NAMES)


def test_a_file_that_goes_meanwhile(small: Batch, queue: Queue) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    small.services.blobs.delete(small.body["inputContainer"], NAMES[3])
    queue.run()
    assert [line["name"] for line in small.lines(location) if line.get("error", {}).get("code") == "NotFound"] == [
        NAMES[3]
    ]
    assert [line["name"] for line in small.lines(location)] == NAMES
    assert small.state(location)["result"]["failedCount"] == 1


def take_the_input(batch: Batch) -> None:
    batch.services.storage.blobs.delete_container(batch.body["inputContainer"])


def take_the_output(batch: Batch) -> None:
    batch.services.storage.blobs.delete_container(batch.body["outputContainer"])


@pytest.mark.parametrize(("action", "listed"), [(take_the_input, False), (take_the_output, True)])
def test_what_it_needs_is_gone(small: Batch, queue: Queue, action: Callable[[Batch], None], listed: bool) -> None:
    location = small.start()
    if listed:
        queue.deliver(queue.take()[0])
    action(small)
    queue.run()
    state = small.state(location)
    assert (state["status"], state["error"]["code"]) == ("failed", "NotFound")
    assert small.services.parts.keys(state["jobId"]) == set()


@pytest.mark.parametrize(
    ("refused", "cancelled"), [("stage_block", False), ("commit_blocks", False), ("commit_blocks", True)]
)
def test_an_output_that_may_not_be_written(
    small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch, refused: str, cancelled: bool
) -> None:
    """Every message fails every time, and is given up; the job ends all the same, and says why."""
    location = small.start()
    queue.deliver(queue.take()[0])
    if cancelled:
        queue.deliver(queue.waiting.pop())
        small.cancel(location)
    error = HttpResponseError("This request is not authorized to perform this operation using this permission.")
    error.error_code = "AuthorizationPermissionMismatch"  # type: ignore[attr-defined]
    monkeypatch.setattr(BlobStore, refused, Mock(side_effect=error))
    while queue.waiting:
        message = queue.waiting.pop(0)
        try:
            queue.deliver(message)
        except HttpResponseError:
            queue.deliver(message, api.poisoned_container)
    state = small.state(location)
    assert (state["status"], state["error"]["code"]) == ("failed", "StorageRefused")
    assert "AuthorizationPermissionMismatch" in state["error"]["message"]
    assert small.body["outputContainer"] in state["error"]["message"]
    assert small.services.parts.keys(state["jobId"]) == set()


def test_results_that_somebody_took_away(small: Batch, queue: Queue) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    *messages, last = queue.take()
    for message in messages:
        queue.deliver(message)
    take_the_output(small)
    small.services.storage.create_container(small.body["outputContainer"])
    queue.deliver(last)
    state = small.state(location)
    assert (state["status"], state["error"]["code"]) == ("failed", "Conflict")


def take_apart(batch: Batch, queue: Queue) -> str:
    """A job of which one chunk, with the files 6 and 7, failed every time; the others are done."""
    location = batch.start()
    queue.deliver(queue.take()[0])
    messages = sorted(queue.take(), key=lambda message: (message["page"], message["chunk"]))
    for message in (*messages[:3], *messages[4:]):
        queue.deliver(message)
    queue.deliver(messages[3], api.poisoned_container)
    return location


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("times", [1, 2])
def test_a_chunk_that_is_given_up_is_done_file_by_file(small: Batch, queue: Queue, order: int, times: int) -> None:
    location = take_apart(small, queue)
    assert small.state(location)["status"] == "running"
    messages = queue.take()
    assert [message["file"] for message in messages] == [0, 1]
    for message in messages[::order]:
        for _ in range(times):
            queue.deliver(message)
    small.assert_done(location, NAMES)


def test_only_the_file_to_blame_is_given_up(small: Batch, queue: Queue) -> None:
    location = take_apart(small, queue)
    good, bad = queue.take()
    queue.deliver(bad, api.poisoned_container)
    queue.deliver(good)
    assert small.state(location)["status"] == "succeeded"
    assert small.state(location)["result"]["failedCount"] == 1
    lines = small.lines(location)
    assert [line["name"] for line in lines] == NAMES
    assert [line["name"] for line in lines if line.get("error", {}).get("code") == "GivenUp"] == [NAMES[7]]


def test_a_chunk_of_one_file_is_given_up_at_once(batch: Batch, queue: Queue) -> None:
    batch.put("in/a.txt")
    location = batch.start()
    queue.deliver(queue.take()[0])
    queue.deliver(queue.take()[0], api.poisoned_container)
    assert queue.waiting == []
    assert [line["error"]["code"] for line in batch.lines(location)] == ["GivenUp"]


@pytest.fixture
def full_disk(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes this instance unable to load a model."""

    def fill(*_: object) -> None:
        raise ArtifactError("No space left on device.")

    return lambda: monkeypatch.setattr(services.predictors, "get", fill)


def test_a_worker_that_cannot_load_the_model_leaves_the_work_to_others(
    small: Batch, queue: Queue, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    messages = queue.take()
    full_disk()
    for message in messages:
        with pytest.raises(ArtifactError):
            queue.deliver(message)
    monkeypatch.undo()
    for message in messages:
        container_batch.run_chunk(small.services, message["jobId"], message["page"], message["chunk"])
    small.assert_done(location, NAMES)


def test_a_model_that_nobody_can_load_fails_the_job_and_keeps_what_is_done(
    small: Batch, queue: Queue, full_disk: Callable[[], None]
) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    done, *messages = sorted(queue.take(), key=lambda message: (message["page"], message["chunk"]))
    queue.deliver(done)
    full_disk()
    queue.deliver(messages[0], api.poisoned_container)
    state = small.state(location)
    assert (state["status"], state["error"]["code"]) == ("failed", "ArtifactInvalid")
    assert state["result"]["doneCount"] == 2
    assert small.lines(location) == [{"name": name, "entities": [FOUND]} for name in NAMES[:2]]
    assert small.services.parts.keys(state["jobId"]) == set()


def test_a_listing_that_is_given_up_fails_the_job(small: Batch, queue: Queue) -> None:
    location = small.start()
    (listing,) = queue.take()
    queue.deliver(listing, api.poisoned_container)
    assert small.state(location)["status"] == "failed"
    queue.deliver(listing)
    assert queue.waiting == []


def test_more_files_than_a_blob_has_blocks(small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_listing, "MAX_CHUNKS", 3)
    location = small.start()
    queue.run()
    state = small.state(location)
    assert (state["status"], state["error"]["code"]) == ("failed", "InvalidRequest")


def test_messages_of_jobs_that_are_gone_or_of_other_kinds(services: Services, queue: Queue) -> None:
    other = services.jobs.create(new_job(RUNTIME_SCOPE, JobKind.ANALYZE))
    for job_id in (unique(), other.job_id):
        message = {"scope": RUNTIME_SCOPE, "jobId": job_id}
        queue.deliver(message)
        for function in (api.run_container, api.poisoned_container):
            queue.deliver({**message, "page": 0, "chunk": 0}, function)
    assert services.jobs.get(RUNTIME_SCOPE, other.job_id).etag == other.etag


# --- what is refused --------------------------------------------------------------------------------------------------


INVALID = (400, "InvalidArgument", "InvalidParameterValue")
MALFORMED = (400, "InvalidArgument", "InvalidRequestBodyFormat")
OWN = ("", "No", "a--b", "texts", "models", "results", "datasets", "azure-webjobs-secrets", "$web")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        *(({name: "no-such-container"}, (404, "NotFound", None)) for name in ("inputContainer", "outputContainer")),
        *(({name: own}, INVALID) for name in ("inputContainer", "outputContainer") for own in OWN),
        *(({name: 1}, MALFORMED) for name in ("inputContainer", "outputContainer", "inputPrefix", "projectName")),
        ({"outputContainer": "documents"}, INVALID),
        *(
            ({name: prefix}, INVALID)
            for name in ("inputPrefix", "outputPrefix")
            for prefix in ("/a", "a\\b", "a\nb", "x" * 901)
        ),
        ({"language": "tlh"}, (400, "InvalidArgument", "UnsupportedLanguageCode")),
        ({"stringIndexType": "Bytes"}, MALFORMED),
    ],
    ids=str,
)
def test_refused(batch: Batch, queue: Queue, fields: dict[str, Any], expected: tuple[int, str, str | None]) -> None:
    status, code, inner = expected
    (name,) = fields
    reply = batch.client.post(JOBS, json={**batch.body, **fields})
    assert_error(reply, status, code, inner=inner, target=f"$.{name}")
    assert queue.waiting == []


@pytest.mark.parametrize(
    ("input_prefix", "output_prefix", "allowed"),
    [
        ("in/", "out/", True),
        ("in/", "in/out/", False),
        ("in/", "in/", False),
        ("in/deep/", "in/", False),
        ("", "out/", False),
        ("in/", "", False),
        ("in", "into/", False),
    ],
)
def test_results_never_become_input(
    batch: Batch, queue: Queue, input_prefix: str, output_prefix: str, allowed: bool
) -> None:
    body = {**batch.body, "inputPrefix": input_prefix, "outputPrefix": output_prefix}
    assert batch.client.post(JOBS, json=body).status_code == 202
    reply = batch.client.post(JOBS, json={**body, "outputContainer": body["inputContainer"]})
    if allowed:
        assert reply.status_code == 202
    else:
        assert_error(reply, 400, "InvalidArgument", inner="InvalidParameterValue", target="$.outputPrefix")


@pytest.mark.parametrize("field", ["projectName", "deploymentName", "inputContainer", "outputContainer"])
def test_fields_that_are_needed(batch: Batch, queue: Queue, field: str) -> None:
    body = {name: value for name, value in batch.body.items() if name != field}
    error = assert_error(batch.client.post(JOBS, json=body), 400, "InvalidArgument", inner="InvalidRequestBodyFormat")
    assert field in error["message"]


@pytest.mark.parametrize(("field", "code"), [("projectName", "ProjectNotFound"), ("deploymentName", "NotFound")])
def test_unknown_deployments(batch: Batch, queue: Queue, field: str, code: str) -> None:
    reply = batch.client.post(JOBS, json={**batch.body, field: "missing"})
    assert_error(reply, 404, code, target=f"$.{field}")
    assert queue.waiting == []


def test_it_is_for_authors(batch: Batch) -> None:
    assert_error(batch.client.post(JOBS, json=batch.body, key=QUERY_KEY), 403, "Forbidden")
    for method, path in (("GET", f"{JOBS}/x"), ("POST", f"{JOBS}/x:cancel")):
        assert_error(batch.client.request(method, path, key=QUERY_KEY), 403, "Forbidden")
        assert_error(batch.client.request(method, path), 404, "OperationNotFound", target="jobId")


def test_jobs_of_the_two_kinds_are_not_each_others(services: Services, batch: Batch, queue: Queue) -> None:
    job_id = batch.job(batch.start()).job_id
    assert_error(batch.client.get(f"{RUNTIME}/analyze-text/jobs/{job_id}"), 404, "OperationNotFound")
    other = services.jobs.create(new_job(RUNTIME_SCOPE, JobKind.ANALYZE))
    assert_error(batch.client.get(f"{JOBS}/{other.job_id}"), 404, "OperationNotFound")


def test_a_lost_race_for_the_end_is_looked_at_again(
    small: Batch, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = small.start()
    queue.deliver(queue.take()[0])
    *messages, last = queue.take()
    for message in messages:
        queue.deliver(message)
    plain, calls = container_batch._end, itertools.count()

    def end(*args: Any) -> None:
        if next(calls) == 0:
            raise StaleError("Somebody asked how it goes.")
        plain(*args)

    monkeypatch.setattr(container_batch, "_end", end)
    queue.deliver(last)
    small.assert_done(location, NAMES)
