"""What happened to a job and when, as its row keeps it: names of events and times, never anything of a document."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

MAX_EVENTS = 100
"""Of one job; the oldest go first. A training that ends well has about ten."""

STARTED = "started"
RESUMED = "resumed"
"""Another run had the job and died; this one goes on from its last checkpoint, if it left one."""

Event = dict[str, str]
"""`name` and `dateTime`, RFC 3339 in UTC with milliseconds, so that times compare as texts."""


def event(name: str) -> Event:
    """Something that happens now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"name": name, "dateTime": now}


def events_of(progress: dict[str, Any]) -> list[Event]:
    """The events in a job's `progress`, the oldest first."""
    events: list[Event] = progress.get("events", [])
    return events


def with_events(before: list[Event], told: Iterable[Event]) -> list[Event]:
    """The events with those of `told` that are not there yet; telling the same again changes nothing."""
    kept = [each for each in told if each not in before]
    return [*before, *kept][-MAX_EVENTS:]
