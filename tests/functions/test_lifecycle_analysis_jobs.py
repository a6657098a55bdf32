"""Large analyses in chunks: how they are cut, workers side by side, twice and dying, and what shows meanwhile."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle import analysis, analysis_jobs
from functions.lifecycle.analysis import TASK_KIND, DocumentInput, TaskInput
from functions.lifecycle.analysis_jobs import CHUNK_CHARACTERS, chunk_bounds
from functions.services import Services
from functions.stores.connection import ANALYSIS_QUEUE, StorageConnection
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus, new_job
from functions.triggers import api
from tests.functions.api_client import RUNTIME, ApiClient
from tests.functions.world import World

JOBS = f"{RUNTIME}/analyze-text/jobs"
DOCUMENTS = 6
TEXT = "Ana Li saw Rome. " + "Nothing else happened there. " * 344
"""Two of them fill a chunk."""


@pytest.mark.parametrize(
    ("sizes", "bounds"),
    [
        ([], []),
        ([0], [(0, 1)]),
        ([10], [(0, 1)]),
        ([11], [(0, 1)]),
        ([5, 5, 5], [(0, 2), (2, 3)]),
        ([11, 1, 11], [(0, 1), (1, 2), (2, 3)]),
        ([1, 9, 1, 10, 0], [(0, 2), (2, 3), (3, 5)]),
    ],
)
def test_chunks(sizes: list[int], bounds: list[tuple[int, int]]) -> None:
    assert chunk_bounds(sizes, 10) == bounds


@given(st.lists(st.integers(0, 30)), st.integers(1, 25))
def test_chunks_cover_every_document_once_in_order(sizes: list[int], limit: int) -> None:
    bounds = chunk_bounds(sizes, limit)
    assert [i for start, stop in bounds for i in range(start, stop)] == list(range(len(sizes)))
    for start, stop in bounds:
        assert stop - start == 1 or sum(sizes[start:stop]) <= limit
    for (start, stop), (_, following) in itertools.pairwise(bounds):
        assert sum(sizes[start:following]) > limit or stop == start, "a chunk takes as much as it can"


@pytest.fixture(autouse=True)
def _no_holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls of running jobs answer at once."""
    monkeypatch.setattr("functions.http.app._HOLD_SECONDS", 0.0)


@pytest.fixture
def job(services: Services, world: World, project: str) -> Job:
    """A queued job of two tasks with three chunks each; its messages are delivered by the test."""
    world.deployment(project)
    tasks = [TaskInput(TASK_KIND, str(i), project, "d", "CODE_POINT") for i in range(2)]
    documents = [DocumentInput(f"d{i}", f"{TEXT}{i}") for i in range(DOCUMENTS)]
    created = analysis_jobs.submit(services, new_job(RUNTIME_SCOPE, JobKind.ANALYZE), documents, tasks)
    assert created.request["chunks"] == [[task, start, start + 2] for task in (0, 1) for start in (0, 2, 4)]
    return created


def state_of(client: ApiClient, job: Job) -> Any:
    reply = client.get(f"{JOBS}/{job.job_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def ids_of(item: Any) -> list[str]:
    return [document["id"] for document in item["results"]["documents"]]


def deliver(services: Services, job: Job, *numbers: int) -> None:
    for number in numbers:
        analysis_jobs.run_chunk(services, job.job_id, number)


def assert_done(services: Services, client: ApiClient, job: Job) -> None:
    state = state_of(client, job)
    assert (state["status"], state["errors"]) == ("succeeded", [])
    assert [item["taskName"] for item in state["tasks"]["items"]] == ["0", "1"]
    for item in state["tasks"]["items"]:
        assert ids_of(item) == [f"d{i}" for i in range(DOCUMENTS)]
        for document in item["results"]["documents"]:
            assert [entity["text"] for entity in document["entities"]] == ["Ana Li", "Rome"]
    assert "documents" not in services.jobs.get(RUNTIME_SCOPE, job.job_id).request
    assert services.parts.keys(job.job_id) == set()


def test_every_chunk_is_a_message(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deployment(project)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(StorageConnection, "send", lambda _, queue, message: sent.append({"queue": queue, **message}))
    documents = [DocumentInput(str(i), "x" * CHUNK_CHARACTERS) for i in range(25)]
    task = TaskInput(TASK_KIND, None, project, "d", "CODE_POINT")
    job = analysis_jobs.submit(services, new_job(RUNTIME_SCOPE, JobKind.ANALYZE), documents, [task] * 2)
    expected = {"queue": ANALYSIS_QUEUE, "scope": RUNTIME_SCOPE, "jobId": job.job_id}
    assert sorted(sent, key=lambda message: message["chunk"]) == [{**expected, "chunk": n} for n in range(50)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (4, 1, 0, 5, 3, 2)])
def test_documents_keep_their_order_whatever_order_the_chunks_come_in(
    services: Services, client: ApiClient, job: Job, order: tuple[int, ...]
) -> None:
    deliver(services, job, *order)
    assert_done(services, client, job)


def test_what_is_done_shows_while_the_rest_is_not(services: Services, client: ApiClient, job: Job) -> None:
    seen = []
    for number in (2, 0, 4):
        deliver(services, job, number)
        state = state_of(client, job)
        assert (state["status"], state["tasks"]["inProgress"], state["tasks"]["completed"]) == ("running", 2, 0)
        seen.append([(item["taskName"], item["status"], ids_of(item)) for item in state["tasks"]["items"]])
    assert seen == [
        [("0", "running", ["d4", "d5"])],
        [("0", "running", ["d0", "d1", "d4", "d5"])],
        [("0", "running", ["d0", "d1", "d4", "d5"]), ("1", "running", ["d2", "d3"])],
    ]
    deliver(services, job, 1)
    state = state_of(client, job)
    assert [item["status"] for item in state["tasks"]["items"]] == ["succeeded", "running"]
    assert {name: state["tasks"][name] for name in ("completed", "failed", "inProgress", "total")} == {
        "completed": 1, "failed": 0, "inProgress": 1, "total": 2,
    }  # fmt: skip
    deliver(services, job, 3, 5)
    assert_done(services, client, job)


def test_a_chunk_that_comes_twice_is_done_once(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []
    plain = analysis.run_task

    def run_task(*args: Any) -> Any:
        runs.append([document.id for document in args[2]])
        return plain(*args)

    monkeypatch.setattr(analysis, "run_task", run_task)
    deliver(services, job, 0, 0, 1, 0, 1, 2, 3, 4, 5, 5, 0)
    assert_done(services, client, job)
    assert runs == [["d0", "d1"], ["d2", "d3"], ["d4", "d5"]] * 2


@pytest.mark.parametrize("numbers", [(0, 0), (0, 1), (2, 3)])
def test_two_workers_at_the_same_time(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, int]
) -> None:
    """The same chunk or two, both in work before either has ended, and both the last ones of the job."""
    deliver(services, job, *({*range(6)} - {*numbers}))
    both = threading.Barrier(2, timeout=30)
    plain = analysis.run_task

    def run_task(*args: Any) -> Any:
        both.wait()
        outcomes = plain(*args)
        both.wait()
        return outcomes

    monkeypatch.setattr(analysis, "run_task", run_task)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(deliver, services, job, number) for number in numbers]:
            done.result()
    assert_done(services, client, job)


def test_many_workers_with_every_message_twice(services: Services, client: ApiClient, job: Job) -> None:
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(deliver, services, job, number) for number in (*range(6), *range(6))]:
            done.result()
    assert_done(services, client, job)


class DeathError(Exception):
    """The process is gone."""


@pytest.mark.parametrize("death", [(n, where) for n in range(6) for where in ("run_task", "_end_if_over")], ids=str)
def test_a_worker_that_dies(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch, death: tuple[int, str]
) -> None:
    """In the middle of a chunk, or between a chunk and the look at whether it was the last."""
    died, where = death
    deliver(services, job, *range(died))

    def die(*_: Any) -> None:
        raise DeathError

    with monkeypatch.context() as dying:
        dying.setattr(analysis if where == "run_task" else analysis_jobs, where, die)
        with pytest.raises(DeathError):
            deliver(services, job, died)
    assert state_of(client, job)["status"] == "running"
    deliver(services, job, *range(died + 1, 6), died)
    assert_done(services, client, job)


def test_a_chunk_that_was_given_up_fails_its_task_only(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.services._services", services)

    class Message:
        def get_body(self) -> bytes:
            return f'{{"scope": "$runtime", "jobId": "{job.job_id}", "chunk": 4}}'.encode()

    call = api.poisoned_analysis._function.get_user_function()
    deliver(services, job, 0, 1, 2, 3)
    call(Message())
    state = state_of(client, job)
    assert [item["status"] for item in state["tasks"]["items"]] == ["succeeded", "failed"]
    assert [(error["code"], error["target"]) for error in state["errors"]] == [
        ("InternalServerError", "#/tasks/items/1")
    ]
    deliver(services, job, 5)
    call(Message())
    state = state_of(client, job)
    assert (state["status"], state["tasks"]["completed"], state["tasks"]["failed"]) == ("succeeded", 1, 1)
    assert ids_of(state["tasks"]["items"][0]) == [f"d{i}" for i in range(DOCUMENTS)]


def test_cancelling_stops_the_chunks_that_are_left(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(services, job, 0, 1, 2, 4)
    assert client.post(f"{JOBS}/{job.job_id}:cancel").status_code == 202
    with monkeypatch.context() as untouched:
        untouched.delattr(analysis, "run_task")
        deliver(services, job, 3, 5)
    state = state_of(client, job)
    assert (state["status"], state["tasks"]["completed"], state["tasks"]["inProgress"]) == ("cancelled", 1, 0)
    assert [(item["status"], ids_of(item)) for item in state["tasks"]["items"]] == [
        ("succeeded", [f"d{i}" for i in range(DOCUMENTS)]),
        ("cancelled", ["d2", "d3"]),
    ]
    assert "documents" not in services.jobs.get(RUNTIME_SCOPE, job.job_id).request
    assert services.parts.keys(job.job_id) == set()


def test_a_poll_while_the_job_ends(
    services: Services, client: ApiClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts go when the job ends: a poll in between shows all of it, never less than the poll before."""
    deliver(services, job, 0, 1, 2, 3, 4)
    plain = services.parts.read_all

    def read_all(job_id: str, prefix: str = "") -> dict[str, Any]:
        with monkeypatch.context() as undisturbed:
            undisturbed.setattr(services.parts, "read_all", plain)
            deliver(services, job, 5)
        return plain(job_id, prefix)

    monkeypatch.setattr(services.parts, "read_all", read_all)
    assert_done(services, client, job)


def test_a_small_job_writes_its_row_and_nothing_else(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deployment(project)
    for name in ("add", "keys", "read_all", "delete"):
        monkeypatch.delattr(f"functions.stores.parts.PartStore.{name}")
    task = TaskInput(TASK_KIND, None, project, "d", "CODE_POINT")
    job = analysis_jobs.submit(
        services, new_job(RUNTIME_SCOPE, JobKind.ANALYZE), [DocumentInput("1", "Rome")], [task, task]
    )
    assert job.status is JobStatus.SUCCEEDED
    assert analysis_jobs.with_progress(services, job) is job
