"""Spans and metrics as an SDK sees them: what they must say, and that no text is among it."""

import json
import re
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import azure.functions as func
import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from functions import telemetry
from functions.lifecycle import analysis, container_documents, maintenance
from functions.lifecycle.analysis import DocumentInput, TaskInput
from functions.services import Services
from functions.stores.connection import OPERATIONS_QUEUE
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.triggers import api
from model_tools.errors import NotFoundError, Problem
from model_tools.inference.stopwatch import Stopwatch
from model_tools.inference.tagger import EntityTagger
from model_tools.inference.tokens import Tokens
from tests.functions.world import World

BICEP = Path(__file__).parents[2] / "infra" / "bicep"
TEXT = "Ana Li flew from Rome to Oslo."


@pytest.fixture(scope="module")
def exported() -> Iterator[tuple[InMemorySpanExporter, InMemoryMetricReader]]:
    """An SDK for the rest of the process, as the worker sets one up before it loads the app."""
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider([reader]))
    yield exporter, reader
    traces.shutdown()


@pytest.fixture
def spans(exported: tuple[InMemorySpanExporter, InMemoryMetricReader]) -> InMemorySpanExporter:
    exported[0].clear()
    return exported[0]


def points(reader: InMemoryMetricReader) -> dict[str, dict[str, float]]:
    """Metric name and attributes to the sum, the last value, or the number of measurements."""
    data = reader.get_metrics_data()
    found: dict[str, dict[str, float]] = {}
    for scope in data.resource_metrics[0].scope_metrics if data else ():
        for metric in scope.metrics:
            for point in metric.data.data_points:
                key = json.dumps(dict(point.attributes or {}), sort_keys=True)
                found.setdefault(metric.name, {})[key] = getattr(point, "value", getattr(point, "count", 0))
    return found


def predict(services: Services, project: str, deployment: str) -> None:
    task = TaskInput(analysis.TASK_KIND, None, project, deployment, "CODE_POINT")
    analysis.run_task(services, task, [DocumentInput("1", TEXT), DocumentInput("2", " ")])


def test_a_prediction_is_one_span(services: Services, world: World, project: str, spans: InMemorySpanExporter) -> None:
    model = world.model(project)
    world.deployment(project, "d", model)
    predict(services, project, "d")
    (span,) = spans.get_finished_spans()
    assert span.name == telemetry.REQUEST
    attributes = dict(span.attributes or {})
    laps = {name: value for name, value in attributes.items() if name.endswith("_ms")}
    stages = ("resolve", "load", "tokenize", "model", "decode", "offsets")
    assert laps.keys() == {f"nerine.{stage}_ms" for stage in stages}
    assert {name: value for name, value in attributes.items() if name not in laps} == {
        "nerine.project": project,
        "nerine.deployment": "d",
        "nerine.model": model.label,
        "nerine.model_id": model.model_id,
        "nerine.documents": 2,
        "nerine.characters": len(TEXT) + 1,
        "nerine.entities": 3,
        "nerine.windows": 1,
    }
    assert not words_of(TEXT) & words_of(told(span))


def test_a_container_is_not_measured_as_a_prediction(
    services: Services, world: World, project: str, spans: InMemorySpanExporter
) -> None:
    """It is read from storage as well, and nobody waits for it."""
    model = world.model(project)
    request = {
        "project": project, "deployment": "d", "model": model.label, "modelId": model.model_id,
        "unit": "CODE_POINT", "threshold": 0.0, "input": ["c"],
    }  # fmt: skip
    job = new_job(project, JobKind.IMPORT, request)
    assert container_documents.lines_of(services, job, []) == []
    (span,) = spans.get_finished_spans()
    assert span.name == telemetry.BATCH != telemetry.REQUEST


def test_an_error_is_told_by_its_code(services: Services, project: str, spans: InMemorySpanExporter) -> None:
    with pytest.raises(NotFoundError) as caught:
        predict(services, project, "missing")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description == caught.value.code
    assert not span.events


def test_metrics(
    services: Services, world: World, project: str, exported: tuple[InMemorySpanExporter, InMemoryMetricReader]
) -> None:
    before = points(exported[1])
    model = world.model(project)
    for _ in range(3):
        services.predictors.get(model.version)
    job = services.jobs.create(new_job(project, JobKind.IMPORT))
    services.jobs.advance(job, JobStatus.FAILED, errors=(Problem("InvalidLabels", TEXT),))
    telemetry.training_ended(12.0, succeeded=True)
    telemetry.model_stood_in()
    telemetry.request_refused()
    telemetry.beat()
    telemetry.message_poisoned(OPERATIONS_QUEUE)
    after = points(exported[1])

    def grown(name: str, key: str = "{}") -> float:
        return after[name][key] - before.get(name, {}).get(key, 0)

    assert grown("nerine.model.loads") == grown("nerine.model.load.duration") == 1
    assert grown("nerine.model.hits") == 2
    assert grown("nerine.model.stand_ins") == grown("nerine.requests.refused") == 1
    assert grown("nerine.heartbeats") == 1
    assert grown("nerine.messages.poisoned", f'{{"queue": "{OPERATIONS_QUEUE}"}}') == 1
    assert grown("nerine.job.failures", '{"code": "InvalidLabels", "kind": "import"}') == 1
    assert grown("nerine.training.duration", '{"status": "succeeded"}') == 1


def test_queues(services: Services, exported: tuple[InMemorySpanExporter, InMemoryMetricReader]) -> None:
    name = f"{OPERATIONS_QUEUE}-poison"
    queue = services.storage.queues.get_queue_client(name)
    queue.create_queue()
    queue.send_message("e30=")
    maintenance.watch_queues(services)
    found = points(exported[1])
    queue.delete_queue()
    key = json.dumps({"queue": name})
    assert found["nerine.queue.messages"][key] == 1
    assert 0 <= found["nerine.queue.age"][key] < 60
    assert found["nerine.queue.messages"]['{"queue": "blob-events"}'] == 0


def test_windows_are_those_of_the_task_alone(
    services: Services, world: World, project: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request's tasks share a stopwatch; and counting must not mean tokenizing a second time."""
    world.deployment(project, "d", world.model(project))
    tokenized: list[str] = []
    tokenize = EntityTagger.tokenize

    def counted(tagger: EntityTagger, text: str) -> Tokens:
        tokenized.append(text)
        return tokenize(tagger, text)

    services.predictors.get(services.serving.open(project, "d", Stopwatch()).deployment.version)
    monkeypatch.setattr(EntityTagger, "tokenize", counted)
    stopwatch, long_text = Stopwatch(), TEXT * 200
    task = TaskInput(analysis.TASK_KIND, None, project, "d", "CODE_POINT")
    for text in (long_text, TEXT):
        analysis.run_task(services, task, [DocumentInput("1", text)], stopwatch)
    first, second = ((span.attributes or {})["nerine.windows"] for span in spans.get_finished_spans())
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert (first > 2, second) == (True, 1)
    assert stopwatch.windows == first + second
    assert tokenized == [long_text, TEXT]


NAMES = set(re.findall(r'"(nerine\.[a-z._]+)"', Path(str(telemetry.__file__)).read_text(encoding="utf-8")))
"""Of spans and metrics."""
QUERIES = [
    *re.findall(r"query: '(.*)'", (BICEP / "modules" / "alerts.bicep").read_text(encoding="utf-8")),
    *re.findall(r'"query": "(.*)"', (BICEP / "workbook.json").read_text(encoding="utf-8")),
]


def asked(query: str) -> tuple[set[str], set[str]]:
    """Names of spans and metrics that a query compares with, and attributes that it reads."""
    names = {
        name
        for one, several in re.findall(r"\b[nN]ame (?:== *(\S+)|in \(([^)]*)\))", query)
        for name in re.findall(r"[\w.]+", one or several)
    }
    return names, set(re.findall(r"(?:Properties\.|Properties\[.|\bp\[.|customDimensions\[.)([\w.]+)", query))


def test_alerts_and_workbook_ask_for_what_is_told(
    services: Services,
    world: World,
    project: str,
    exported: tuple[InMemorySpanExporter, InMemoryMetricReader],
    spans: InMemorySpanExporter,
) -> None:
    """And for nothing else: the host's names depend on its mode, and an alert that asks for them keeps silent."""
    world.deployment(project, "d", world.model(project))
    predict(services, project, "d")
    (span,) = spans.get_finished_spans()
    telemetry.training_ended(1.0, succeeded=True)
    telemetry.job_failed("import", "InvalidLabels")
    telemetry.queue_seen(OPERATIONS_QUEUE, 0, 0.0)
    told_attributes = {*(span.attributes or {}), f"nerine.{telemetry.QUEUE}_ms"} | {
        name for point in points(exported[1]).values() for key in point for name in json.loads(key)
    }
    assert len(NAMES) == 13
    assert len(QUERIES) >= 6 + 7
    for query in QUERIES:
        names, attributes = asked(query)
        assert names or query.startswith(("AppRequests", "requests"))
        assert names <= NAMES, query
        assert attributes <= told_attributes, query
        assert "operation" not in query.lower()


@pytest.mark.parametrize(
    ("query", "names", "attributes"),
    [
        ('AppMetrics | where (Name == "nerine.a" and Sum > 0) or Name == "b"', {"nerine.a", "b"}, set()),
        ("dependencies | where name in ('a', 'b.c') | extend p = customDimensions, x = p['d']", {"a", "b.c"}, {"d"}),
        ('AppMetrics | where tostring(Properties.queue) == "x" and todouble(Properties["e.f"]) > 1', set(), {"queue", "e.f"}),
    ],
)  # fmt: skip
def test_what_a_query_asks(query: str, names: set[str], attributes: set[str]) -> None:
    assert asked(query) == (names, attributes)


@pytest.mark.parametrize(
    "function", ["poisoned_operation", "poisoned_training", "poisoned_analysis", "poisoned_container"]
)
def test_a_poisoned_message_is_told(
    function: str,
    services: Services,
    exported: tuple[InMemorySpanExporter, InMemoryMetricReader],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "get_services", lambda: services)
    before = sum(points(exported[1]).get("nerine.messages.poisoned", {}).values())
    body = {"scope": "nowhere", "jobId": str(uuid.uuid4()), "chunk": 0, "page": 0}
    message = func.QueueMessage(body=json.dumps(body).encode())
    getattr(api, function)._function.get_user_function()(message)
    assert sum(points(exported[1])["nerine.messages.poisoned"].values()) == before + 1


def test_the_heart_beats_once_the_work_is_done(
    services: Services, exported: tuple[InMemorySpanExporter, InMemoryMetricReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "get_services", lambda: services)
    beats = partial(lambda: sum(points(exported[1]).get("nerine.heartbeats", {}).values()))
    before = beats()
    sweep = api.sweep_jobs._function.get_user_function()
    sweep(None)
    assert beats() == before + 1
    monkeypatch.setattr(maintenance, "watch_queues", partial(pytest.fail, "storage is away"))
    with pytest.raises(pytest.fail.Exception):
        sweep(None)
    assert beats() == before + 1


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text))


def told(span: ReadableSpan) -> str:
    return str(json.loads(span.to_json()))
