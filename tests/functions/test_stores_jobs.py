"""Jobs: the state machine, guards, sizes, expiry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from functions.errors import StaleError
from functions.services import Services
from functions.stores.blobs import BlobStore
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobNotFoundError, JobStatus, JobStore, new_job
from functions.stores.recent_jobs import RecentJobs
from functions.stores.tables import PACKED_CHARACTERS, Table
from model_tools.errors import Problem
from tests.functions.world import unique

ALLOWED = {
    JobStatus.NOT_STARTED: {JobStatus.RUNNING, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED},
    JobStatus.RUNNING: {JobStatus.RUNNING, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLING},
    JobStatus.CANCELLING: {JobStatus.CANCELLING, JobStatus.CANCELLED, JobStatus.SUCCEEDED, JobStatus.FAILED},
    JobStatus.SUCCEEDED: set(),
    JobStatus.FAILED: set(),
    JobStatus.CANCELLED: set(),
}
LARGE = "x" * PACKED_CHARACTERS
"""More than a row holds."""


@pytest.fixture
def jobs(services: Services) -> JobStore:
    return services.jobs


@pytest.fixture
def scope() -> str:
    return unique()


def blobs_of(services: Services, scope: str) -> list[str]:
    return [blob.name for blob in services.blobs.listing("results", f"{scope}/")]


@pytest.mark.parametrize("kind", JobKind)
def test_a_job_comes_back_as_it_was(jobs: JobStore, scope: str, kind: JobKind) -> None:
    problem = Problem("Code", "Sentence.", "$.target")
    job = replace(
        new_job(scope, kind, {"a": [1, {"b": "é"}]}),
        progress={"percent": 3},
        result=[1, None],
        errors=(problem,),
        warnings=(problem, Problem("W", "No target.")),
        owner="somebody",
    )
    created = jobs.create(job)
    found = jobs.get(scope, job.job_id)
    assert found == created == job
    assert found.etag == created.etag != ""


@pytest.mark.parametrize(("before", "after"), list(product(JobStatus, JobStatus)), ids=str)
def test_the_state_machine(jobs: JobStore, scope: str, before: JobStatus, after: JobStatus) -> None:
    job = jobs.create(replace(new_job(scope, JobKind.TRAIN), status=before))
    if after in ALLOWED[before]:
        assert jobs.advance(job, after).status is after
    else:
        with pytest.raises(StaleError, match=f"{before} cannot become {after}"):
            jobs.advance(job, after)
    assert jobs.get(scope, job.job_id).status is (after if after in ALLOWED[before] else before)


def test_final_states() -> None:
    assert {status for status in JobStatus if status.is_final} == {
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.CANCELLED,
    }


def test_only_the_version_that_was_read_moves_on(jobs: JobStore, scope: str) -> None:
    job = jobs.create(new_job(scope, JobKind.TRAIN))
    jobs.advance(job, JobStatus.RUNNING, owner="first")
    with pytest.raises(StaleError):
        jobs.advance(job, JobStatus.RUNNING, owner="second")
    assert jobs.get(scope, job.job_id).owner == "first"


def test_a_step_writes_the_time(jobs: JobStore, scope: str) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    job = jobs.create(replace(new_job(scope, JobKind.TRAIN), updated=old))
    assert jobs.get(scope, job.job_id).updated == old
    assert jobs.advance(job, JobStatus.RUNNING).updated > old + timedelta(minutes=59)


@pytest.mark.parametrize("change", [{"request": {"text": LARGE}}, {"result": LARGE}, {"result": ["東" * 200_000]}])
def test_what_no_row_holds_goes_to_a_blob(
    services: Services, jobs: JobStore, scope: str, change: dict[str, Any]
) -> None:
    job = jobs.create(replace(new_job(scope, JobKind.ANALYZE), **change))
    assert jobs.get(scope, job.job_id) == job
    moved = jobs.advance(job, JobStatus.RUNNING)
    assert jobs.get(scope, job.job_id) == moved
    assert len(blobs_of(services, scope)) == 1


def test_a_write_that_lost_does_not_touch_a_large_job(jobs: JobStore, scope: str) -> None:
    job = jobs.create(replace(new_job(scope, JobKind.ANALYZE), request={"text": LARGE}))
    won = jobs.advance(job, JobStatus.SUCCEEDED, result="the result")
    with pytest.raises(StaleError):
        jobs.advance(job, JobStatus.RUNNING, result="of a run that was overtaken")
    assert jobs.get(scope, job.job_id) == won


def test_a_large_job_that_shrinks_leaves_no_blob(services: Services, jobs: JobStore, scope: str) -> None:
    job = jobs.create(replace(new_job(scope, JobKind.ANALYZE), request={"text": LARGE}))
    jobs.advance(job, JobStatus.SUCCEEDED, request={})
    assert jobs.get(scope, job.job_id).request == {}
    assert blobs_of(services, scope) == []


def test_a_large_job_that_moves_on_while_it_is_read(services: Services, scope: str) -> None:
    """The row is read, then its blob: between the two, another process may replace both."""
    job = services.jobs.create(new_job(scope, JobKind.ANALYZE, {"text": LARGE}))

    class Interrupted(BlobStore):
        moved = False

        def get(self, container: str, name: str) -> bytes:
            if not self.moved:
                self.moved = True
                services.jobs.advance(job, JobStatus.RUNNING)
            return super().get(container, name)

    table = Table(services.storage.tables.get_table_client("jobs"))
    found = JobStore(table, Interrupted(services.storage.blobs)).get(scope, job.job_id)
    assert (found.status, found.request) == (JobStatus.RUNNING, job.request)


def test_a_job_is_found_under_its_scope_and_kind_only(jobs: JobStore, scope: str) -> None:
    job = jobs.create(new_job(scope, JobKind.TRAIN))
    with pytest.raises(JobNotFoundError):
        jobs.get(scope, job.job_id, JobKind.IMPORT)
    for elsewhere in [(unique(), job.job_id), (RUNTIME_SCOPE, job.job_id), (scope, "no-such-job"), (scope, "")]:
        with pytest.raises(JobNotFoundError):
            jobs.get(*elsewhere)
    assert jobs.get(scope, job.job_id, JobKind.IMPORT, JobKind.TRAIN) == job


def expired(scope: str) -> Job:
    past = datetime.now(UTC) - timedelta(seconds=1)
    return replace(new_job(scope, JobKind.ANALYZE, {"text": LARGE}), expires=past, status=JobStatus.SUCCEEDED)


@pytest.mark.parametrize("in_runtime", [True, False])
def test_an_expired_job_is_gone_at_once_and_removed_later(services: Services, in_runtime: bool) -> None:
    jobs, scope = services.jobs, RUNTIME_SCOPE if in_runtime else unique()
    job, alive = expired(scope), new_job(scope, JobKind.ANALYZE)
    jobs.create(job)
    jobs.create(alive)
    with pytest.raises(JobNotFoundError, match="expired"):
        jobs.get(scope, job.job_id)
    assert job not in list(jobs.read_all(scope, JobKind.ANALYZE))
    assert [name for name in blobs_of(services, scope) if job.job_id in name]
    assert jobs.delete_expired() >= 1
    assert not [name for name in blobs_of(services, scope) if job.job_id in name]
    assert jobs.get(scope, alive.job_id) == alive


@pytest.mark.parametrize("status", JobStatus)
def test_only_a_job_that_ended_is_answered_without_its_row(
    services: Services, jobs: JobStore, status: JobStatus
) -> None:
    """Its maker comes for it at once; nothing changes it any more."""
    job = jobs.create(replace(new_job(RUNTIME_SCOPE, JobKind.ANALYZE), status=status))
    services.storage.tables.get_table_client("jobs").delete_entity(f"{RUNTIME_SCOPE}-{job.job_id[:2]}", job.job_id)
    if status.is_final:
        assert jobs.get(RUNTIME_SCOPE, job.job_id) == job
        jobs = JobStore(Table(services.storage.tables.get_table_client("jobs")), services.blobs)  # another instance
    with pytest.raises(JobNotFoundError):
        jobs.get(RUNTIME_SCOPE, job.job_id)


def test_the_last_jobs_only_are_remembered() -> None:
    recent = RecentJobs()
    made = [new_job(RUNTIME_SCOPE, JobKind.ANALYZE) for _ in range(200)]
    for job in made:
        recent.keep(job)
    kept = [job for job in made if recent.find(RUNTIME_SCOPE, job.job_id) is job]
    assert 16 <= len(kept) < 200
    assert kept == made[-len(kept) :]
    assert recent.find("elsewhere", made[-1].job_id) is None


def test_lifetimes() -> None:
    analysis, training = new_job(RUNTIME_SCOPE, JobKind.ANALYZE), new_job("p", JobKind.TRAIN)
    assert analysis.expires - analysis.created == timedelta(hours=24)
    assert training.expires - training.created == timedelta(days=7)


def test_ids_look_like_the_real_services() -> None:
    assert len(new_job(RUNTIME_SCOPE, JobKind.ANALYZE).job_id) == 36
    guid, _, ticks = new_job("p", JobKind.TRAIN).job_id.partition("_")
    assert (len(guid), len(ticks), ticks.isdecimal()) == (36, 18, True)
    assert new_job("p", JobKind.TRAIN).job_id != new_job("p", JobKind.TRAIN).job_id


def test_deleting_a_project_removes_its_jobs_and_their_blobs(services: Services, jobs: JobStore, scope: str) -> None:
    job = jobs.create(new_job(scope, JobKind.IMPORT, {"file": LARGE}))
    jobs.delete_scope(scope)
    with pytest.raises(JobNotFoundError):
        jobs.get(scope, job.job_id)
    assert blobs_of(services, scope) == []
