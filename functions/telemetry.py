"""What the service tells of itself through OpenTelemetry: spans and metrics, never a text or anything found in one.

Only the API is used here: without an SDK, as on a developer's machine, all of it does nothing. In Azure the Functions
worker sets the SDK up (PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY). The names are also those of infra/bicep's alerts
and workbook, which ask for no others: how the host names its own spans is the host's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import metrics, trace

from model_tools.errors import NerError
from model_tools.inference.stopwatch import Stopwatch

QUEUE = "queue"
"""The stage of a request before it is let in; see `functions.lifecycle.admission`."""

REQUEST = "nerine.predict"
"""The span of a prediction that somebody waits for."""
BATCH = "nerine.predict.batch"
"""That of some of a container's documents, read from storage as well: how long it takes is no measure of speed."""

_tracer = trace.get_tracer("nerine")
_meter = metrics.get_meter("nerine")

_hits = _meter.create_counter("nerine.model.hits", description="Predictions whose model was in memory.")
_loads = _meter.create_counter("nerine.model.loads", description="Models brought into memory: cold loads.")
_load_duration = _meter.create_histogram(
    "nerine.model.load.duration", "s", "Of fetching, checking and warming a model."
)
_training_duration = _meter.create_histogram("nerine.training.duration", "s", "Of the training process.")
_failures = _meter.create_counter("nerine.job.failures", description="Jobs that failed, by kind and code.")
_stand_ins = _meter.create_counter(
    "nerine.model.stand_ins", description="Predictions of an older model, since the deployed one cannot be loaded."
)
_refusals = _meter.create_counter("nerine.requests.refused", description="Predictions answered with 429.")
_poisoned = _meter.create_counter("nerine.messages.poisoned", description="Messages that were given up, by queue.")
_heartbeats = _meter.create_counter("nerine.heartbeats", description="Runs of the timer that comes every minute.")
_queue_messages = _meter.create_gauge("nerine.queue.messages", description="Messages in a queue, about.")
_queue_age = _meter.create_gauge("nerine.queue.age", "s", "How long the oldest visible message has waited.")


class Prediction:
    """The span of one task over one request's documents."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def is_recorded(self) -> bool:
        """Whether anybody will see it; what is costly to find out is otherwise left out."""
        return self._span.is_recording()

    def note(self, **attributes: str | int) -> None:
        """Adds `nerine.<name>` for each; numbers and names only."""
        self._span.set_attributes({f"nerine.{name}": value for name, value in attributes.items()})


@contextmanager
def prediction(project: str, deployment: str, stopwatch: Stopwatch, *, name: str = REQUEST) -> Iterator[Prediction]:
    """A span, marked with the code of an error that ends it.

    The stages that `stopwatch` counts inside the block become `nerine.<stage>_ms`, and the windows that it counts
    `nerine.windows`. What it has counted before is left out, since a request may have several tasks; but each of them
    waited as long as the request did.
    """
    before = {stage: seconds for stage, seconds in stopwatch.seconds.items() if stage != QUEUE}
    windows_before = stopwatch.windows
    # The message of an exception may quote a request.
    with _tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        recorded = Prediction(span)
        recorded.note(project=project, deployment=deployment)
        try:
            yield recorded
        except NerError as error:
            span.set_status(trace.StatusCode.ERROR, error.code)
            raise
        finally:
            if stopwatch.windows > windows_before:
                recorded.note(windows=stopwatch.windows - windows_before)
            for stage, seconds in stopwatch.seconds.items():
                if seconds > before.get(stage, 0.0):
                    span.set_attribute(f"nerine.{stage}_ms", round((seconds - before.get(stage, 0.0)) * 1000, 3))


def model_hit() -> None:
    """A prediction found its model in memory."""
    _hits.add(1)


def model_loaded(seconds: float) -> None:
    """A model was brought into memory."""
    _loads.add(1)
    _load_duration.record(seconds)


def model_stood_in() -> None:
    """A prediction was made by the model before the one that is deployed."""
    _stand_ins.add(1)


def request_refused() -> None:
    """A prediction was not let in, since too many wait."""
    _refusals.add(1)


def training_ended(seconds: float, *, succeeded: bool) -> None:
    """A training process is over."""
    _training_duration.record(seconds, {"status": "succeeded" if succeeded else "ended early"})


def job_failed(kind: str, code: str) -> None:
    """A job came to its end without what it was for."""
    _failures.add(1, {"kind": kind, "code": code})


def message_poisoned(queue: str) -> None:
    """A message failed every time it was tried; it is taken from the poison queue at once, where nobody may see it."""
    _poisoned.add(1, {"queue": queue})


def beat() -> None:
    """The timer that comes every minute has done its work."""
    _heartbeats.add(1)


def queue_seen(queue: str, messages: int, age: float) -> None:
    """What waits in a queue: the number of messages, and the seconds that the oldest has waited."""
    _queue_messages.set(messages, {"queue": queue})
    _queue_age.set(age, {"queue": queue})
