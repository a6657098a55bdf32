"""The log of a job: each event once, the oldest first, never more than its bound."""

from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.job_log import MAX_EVENTS, event, events_of, with_events

NUMBERED = [{"name": "phase", "dateTime": f"2026-01-01T00:00:00.{number:03}Z"} for number in range(3 * MAX_EVENTS)]


@given(st.integers(0, len(NUMBERED)), st.integers(0, MAX_EVENTS), st.integers(0, MAX_EVENTS))
def test_telling_more_and_again_keeps_the_order_and_the_bound(before: int, first: int, more: int) -> None:
    earlier, child = NUMBERED[:before], NUMBERED[before : before + first + more][:MAX_EVENTS]
    log = with_events(earlier, child[:first])
    log = with_events(log, child)
    assert log == (earlier + child)[-MAX_EVENTS:]
    assert with_events(log, child) == log


def test_times_compare_as_texts() -> None:
    events = [event(name) for name in ("a", "b", "c")]
    assert [each["name"] for each in events] == ["a", "b", "c"]
    assert sorted(each["dateTime"] for each in events) == [each["dateTime"] for each in events]
    assert {len(each["dateTime"]) for each in events} == {len("2026-01-01T00:00:00.000Z")}


def test_a_job_that_nobody_took_has_no_events() -> None:
    assert events_of({}) == []
