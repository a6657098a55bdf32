"""A text gets the same entities by whatever way it comes: in one call, in chunks of a job, in a container of files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.lifecycle import analysis, analysis_jobs, container_batch, container_listing, container_results
from functions.lifecycle.analysis import TASK_KIND, DocumentInput, TaskInput
from functions.lifecycle.container_batch import BatchInput
from functions.lifecycle.deployment_directory import DeploymentDirectory
from functions.lifecycle.model_files import ModelFiles
from functions.lifecycle.predictors import PredictorCache
from functions.lifecycle.serving import Serving
from functions.services import Services
from functions.stores.jobs import RUNTIME_SCOPE, JobKind, new_job
from model_tools.offsets import OffsetUnit
from tests.functions.tiny_model import TAG_OF_WORD
from tests.functions.world import World, unique

PIECES = st.one_of(
    st.sampled_from([*TAG_OF_WORD, "Ana Li", "Rome.", "nothing ", "word " * 40, "\r\n", "\U0001f600", "\u2019s", " "]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="\ufeff"), max_size=5),
)
TEXTS = st.lists(st.lists(PIECES, max_size=12).map(" ".join), min_size=1, max_size=5)
"""Some of them longer than a window."""

Found = list[list[tuple[Any, ...]]]


@pytest.fixture
def deployed(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    """A project with a threshold and a deployment, a container of input and one of output; chunks are small."""
    chunk_bounds = analysis_jobs.chunk_bounds
    monkeypatch.setattr(analysis_jobs, "_INLINE_CHARACTERS", 0)
    monkeypatch.setattr(analysis_jobs, "chunk_bounds", lambda sizes: chunk_bounds(sizes, 100))
    monkeypatch.setattr(container_listing, "CHUNK_FILES", 2)
    project = world.project(settings={"confidenceThreshold": 0.6})
    world.deployment(project)
    return project, world.container(), world.container()


def documents_of(texts: list[str]) -> list[DocumentInput]:
    return [DocumentInput(f"{i}.txt", text) for i, text in enumerate(texts)]


def by_call(services: Services, task: TaskInput, texts: list[str]) -> Found:
    outcomes = analysis.run_task(services, task, documents_of(texts))
    return [[(e.text, e.category, e.offset, e.length, e.confidence) for e in each.entities] for each in outcomes]


def by_job(services: Services, task: TaskInput, texts: list[str]) -> Found:
    job = analysis_jobs.submit(services, new_job(RUNTIME_SCOPE, JobKind.ANALYZE), documents_of(texts), [task])
    for number in range(len(job.request["chunks"])):
        analysis_jobs.run_chunk(services, job.job_id, number)
    (item,) = services.jobs.get(RUNTIME_SCOPE, job.job_id).result["items"]
    return [[tuple(entity) for entity in outcome["entities"]] for outcome in item["outcomes"]]


def by_container(services: Services, task: TaskInput, texts: list[str], source: str, target: str) -> Found:
    prefix = f"{unique()}/"
    for document in documents_of(texts):
        services.blobs.put(source, prefix + document.id, document.text.encode(), "text/plain")
    batch = BatchInput(None, task.project, task.deployment, source, prefix, target, "", task.unit, None)
    job = container_batch.start(services, batch)
    container_listing.list_files(services, job.job_id)
    for number in range(services.jobs.get(RUNTIME_SCOPE, job.job_id).progress["chunks"]):
        container_batch.run_chunk(services, job.job_id, 0, number)
    lines = services.blobs.get(target, container_results.results_blob(job)).decode().split("\n")[:-1]
    return [
        [
            (e["text"], e["category"], e["offset"], e["length"], e["confidenceScore"])
            for e in json.loads(line).get("entities", [])
        ]
        for line in lines
    ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(texts=TEXTS, unit=st.sampled_from([unit.name for unit in OffsetUnit]))
def test_alone_together_in_chunks_or_from_files(
    services: Services, deployed: tuple[str, str, str], texts: list[str], unit: str
) -> None:
    project, source, target = deployed
    task = TaskInput(TASK_KIND, None, project, "d", unit)
    alone = [by_call(services, task, [text])[0] for text in texts]
    assert by_call(services, task, texts) == alone
    assert by_job(services, task, texts) == alone
    assert by_container(services, task, texts, source, target) == alone


def test_another_instance_with_threads_of_its_own(
    services: Services, deployed: tuple[str, str, str], tmp_path: Path
) -> None:
    files = ModelFiles(services.models, tmp_path, capacity=1 << 30)
    predictors = PredictorCache(services.models, files, capacity=1 << 30, threads=3)
    other = Serving(DeploymentDirectory(services.projects, services.deployments), predictors)
    texts = ["Ana Li saw Rome. " + "word " * 500 + "Jose\u0301 went to Oslo", "東京 " * 90, "Rome"]
    task = TaskInput(TASK_KIND, None, deployed[0], "d", "TEXT_ELEMENT")
    assert by_call(replace(services, serving=other), task, texts) == by_call(services, task, texts)
