"""What a container batch writes: one JSONL blob, put together of a block for each chunk, and a summary beside it."""

import json
from typing import Any

from functions.lifecycle.container_documents import Line
from functions.services import Services
from functions.stores.jobs import Job


def results_blob(job: Job) -> str:
    """The name of the blob of results, in the output container."""
    return f"{job.request['output'][1]}{job.job_id}/results.jsonl"


def summary_blob(job: Job) -> str:
    """The name of the blob that says what the results were made of; it is written when they are complete."""
    return f"{job.request['output'][1]}{job.job_id}/summary.json"


def stage(services: Services, job: Job, block: str, lines: list[Line]) -> None:
    """Puts the lines of a chunk beside the blob, instead of what may be there already.

    Raises:
        BlobNotFoundError: there is no such container.
    """
    content = "".join(line for line, _ in lines).encode()
    services.blobs.stage_block(job.request["output"][0], results_blob(job), block, content)


def commit(services: Services, job: Job, blocks: list[str], ended: dict[str, Any]) -> None:
    """Makes the blob of exactly these blocks, at once, and writes the summary.

    Args:
        services: has the blobs.
        job: a batch.
        blocks: in the order of the results.
        ended: `status`, and how many `documents` there are and `failed` among them.

    Raises:
        BlobNotFoundError: there is no such container.
        ConflictError: somebody else wrote the blob.
    """
    container = job.request["output"][0]
    services.blobs.commit_blocks(container, results_blob(job), blocks, "application/jsonl")
    summary = {
        "jobId": job.job_id,
        "status": ended["status"],
        "documentsCount": ended["documents"],
        "failedCount": ended["failed"],
        "projectName": job.request["project"],
        "deploymentName": job.request["deployment"],
        "trainedModelLabel": job.request["model"],
    }
    services.blobs.put(container, summary_blob(job), json.dumps(summary, indent=2).encode(), "application/json")
