"""Spans and metrics as an SDK sees them: what they must say, and that no text is among it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from functions import telemetry
from functions.lifecycle import analysis, maintenance
from functions.lifecycle.analysis import DocumentInput, TaskInput
from functions.services import Services
from functions.stores.connection import OPERATIONS_QUEUE
from functions.stores.jobs import JobKind, JobStatus, new_job
from model_tools.errors import NotFoundError, Problem
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
    }
    assert not words_of(TEXT) & words_of(told(span))


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
        services.predictors.get(project, model.model_id)
    job = services.jobs.create(new_job(project, JobKind.IMPORT))
    services.jobs.advance(job, JobStatus.FAILED, errors=(Problem("InvalidLabels", TEXT),))
    telemetry.training_ended(12.0, succeeded=True)
    telemetry.model_stood_in()
    telemetry.request_refused()
    after = points(exported[1])

    def grown(name: str, key: str = "{}") -> float:
        return after[name][key] - before.get(name, {}).get(key, 0)

    assert grown("nerine.model.loads") == grown("nerine.model.load.duration") == 1
    assert grown("nerine.model.hits") == 2
    assert grown("nerine.model.stand_ins") == grown("nerine.requests.refused") == 1
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


def test_alerts_and_workbook_ask_for_what_is_told() -> None:
    source = Path(str(telemetry.__file__)).read_text(encoding="utf-8")
    told_names = set(re.findall(r'"(nerine\.[a-z._]+)"', source))
    assert len(told_names) == 10
    for file in (BICEP / "modules" / "alerts.bicep", BICEP / "workbook.json"):
        asked = set(re.findall(r"[nN]ame (?:==|in) \(?[\"']+(nerine\.[a-z._]+)", file.read_text(encoding="utf-8")))
        assert asked
        assert asked <= told_names


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text))


def told(span: ReadableSpan) -> str:
    return str(json.loads(span.to_json()))
