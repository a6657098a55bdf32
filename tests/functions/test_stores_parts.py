"""Parts of jobs: written once, read in order, whatever their size, and gone with the job."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.services import Services
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, new_job

LARGE = {"texts": ["東京" * 50_000]}
"""Too much for a row."""


@pytest.fixture
def job() -> Job:
    return new_job(RUNTIME_SCOPE, JobKind.ANALYZE)


def blobs_of(services: Services, job: Job) -> list[str]:
    return [blob.name for blob in services.blobs.listing("results", f"parts/{job.job_id}/")]


@pytest.mark.parametrize("values", [({"n": 1}, {"n": 2}), (LARGE, {"n": 2}), ({"n": 1}, LARGE), (LARGE, [LARGE])])
def test_the_first_write_counts(services: Services, job: Job, values: tuple[Any, Any]) -> None:
    assert [services.parts.add(job, "0001", value) for value in values] == [True, False]
    assert services.parts.find(job.job_id, "0001") == values[0]
    assert len(blobs_of(services, job)) == (values[0] is LARGE)


def test_parts_come_in_the_order_of_their_keys(services: Services, job: Job) -> None:
    for key in ("p-0002", "d-0001", "p-0010", "p-0001"):
        services.parts.add(job, key, key)
    assert list(services.parts.read_all(job.job_id)) == ["d-0001", "p-0001", "p-0002", "p-0010"]
    assert services.parts.read_all(job.job_id, "p-") == {key: key for key in ("p-0001", "p-0002", "p-0010")}
    assert services.parts.keys(job.job_id, "p-001") == {"p-0010"}
    assert services.parts.find(job.job_id, "p-0003") is None


def test_one_jobs_parts_are_not_anothers(services: Services, job: Job) -> None:
    other = new_job(RUNTIME_SCOPE, JobKind.ANALYZE)
    for each in (job, other):
        services.parts.add(each, "0000", LARGE)
    services.parts.delete(job.job_id)
    assert services.parts.read_all(job.job_id) == {}
    assert blobs_of(services, job) == []
    assert services.parts.read_all(other.job_id) == {"0000": LARGE}


def test_parts_expire_with_their_job(services: Services, job: Job) -> None:
    past = replace(new_job(RUNTIME_SCOPE, JobKind.ANALYZE), expires=datetime.now(UTC) - timedelta(seconds=1))
    for each in (job, past):
        services.parts.add(each, "0000", {"n": 1})
        services.parts.add(each, "0001", LARGE)
    assert services.parts.delete_expired() == 1
    assert (len(services.parts.keys(job.job_id)), len(services.parts.keys(past.job_id))) == (2, 0)
    assert blobs_of(services, past) == []
