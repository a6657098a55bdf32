"""The files of a container batch: pages of the listing, frozen as they were seen, and a message for each chunk."""

from contextlib import suppress
from typing import Any

from functions.errors import StaleError, TooLargeError
from functions.lifecycle import operations
from functions.lifecycle.analysis_jobs import chunk_bounds
from functions.lifecycle.container_batch import end_if_over, fail, page_key, undone_chunks
from functions.services import Services
from functions.stores.connection import CONTAINER_QUEUE
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobNotFoundError, JobStatus
from model_tools.errors import NerError

PAGE_FILES = 1_000
CHUNK_FILES = 100
CHUNK_BYTES = 2 << 20
"""Of a chunk's files together, unless it has only one: seconds to a minute of work."""
MAX_CHUNKS = 50_000
"""The blocks of a blob."""


def list_files(services: Services, job_id: str) -> None:
    """Lists the input of a batch and queues its chunks.

    A run after one that died goes over the pages that are there, queues what is not done of them, and goes on from
    the last one: a page is what the first run that listed it saw, so that no file can be in two chunks or in none.
    """
    job = operations.begin(services, RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
    if job is None:
        return
    page, marker, chunks, documents = 0, "", 0, 0
    try:
        while job.status is JobStatus.RUNNING:
            listed = _page(services, job, page, marker)
            page, marker, chunks = page + 1, listed["next"], chunks + len(listed["chunks"])
            documents += sum(map(len, listed["chunks"]))
            if chunks > MAX_CHUNKS:
                raise TooLargeError(
                    f"There are more than {documents:,} files under the prefix, too many for one blob of results. "
                    "Take longer prefixes, one batch each."
                )
            message = {"scope": job.scope, "jobId": job_id, "page": page - 1}
            undone = undone_chunks(services, job_id, page - 1, len(listed["chunks"]))
            services.storage.send_all(CONTAINER_QUEUE, [{**message, "chunk": number} for number in undone])
            job = _report(services, job, {"documents": documents, "chunks": chunks, "isListed": not marker})
            if not marker:
                break
    except JobNotFoundError:
        return  # it was given up or expired meanwhile
    except NerError as error:
        fail(services, job_id, *operations.problems_of(error))
        return
    end_if_over(services, job_id)


def _page(services: Services, job: Job, page: int, marker: str) -> dict[str, Any]:
    """A page as it was first seen, by this run or another."""
    known: dict[str, Any] | None = services.parts.find(job.job_id, page_key(page))
    if known is not None:
        return known
    container, prefix = job.request["input"]
    blobs, following = services.blobs.listing_page(container, prefix, marker, PAGE_FILES)
    files = [[blob.name, blob.size] for blob in blobs if not blob.name.endswith("/")]
    # A file counts as large as a chunk's share of them at least, so that its bytes limit their number, too.
    sizes = [max(blob.size, CHUNK_BYTES // CHUNK_FILES) for blob in blobs if not blob.name.endswith("/")]
    listed = {"chunks": [files[start:stop] for start, stop in chunk_bounds(sizes, CHUNK_BYTES)], "next": following}
    if services.parts.add(job, page_key(page), listed):
        return listed
    # Where the parts have gone already, the job has ended, and it does not matter which.
    first: dict[str, Any] = services.parts.find(job.job_id, page_key(page)) or listed
    return first


def _report(services: Services, job: Job, progress: dict[str, Any]) -> Job:
    """The job as it is now; running, unless somebody stopped it. Of two runs, whoever is further on is believed."""
    while job.status is JobStatus.RUNNING and _is_ahead(progress, job.progress):
        with suppress(StaleError):
            return services.jobs.advance(job, JobStatus.RUNNING, progress=progress)
        job = services.jobs.get(RUNTIME_SCOPE, job.job_id)
    return job


def _is_ahead(mine: dict[str, Any], known: dict[str, Any]) -> bool:
    return not known or (mine["chunks"], mine["isListed"]) > (known["chunks"], known["isListed"])
