from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhost.errors import HostStartError
from devhost.schedules import is_frequent, parse_schedule

_FROM = datetime(2026, 11, 23, 20, 30, 15, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/2 * * * * *", datetime(2026, 11, 23, 20, 30, 16, tzinfo=UTC)),
        ("0 */5 * * * *", datetime(2026, 11, 23, 20, 35, tzinfo=UTC)),
        ("30 * * * * *", datetime(2026, 11, 23, 20, 30, 30, tzinfo=UTC)),
        ("*/5 * * * *", datetime(2026, 11, 23, 20, 35, tzinfo=UTC)),
        ("0 0 9 * * MON-FRI", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("0 0 9 * * Saturday", datetime(2026, 11, 28, 9, tzinfo=UTC)),
        ("0 0 0 1 January *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0 0 9 13 * 5", datetime(2027, 8, 13, 9, tzinfo=UTC)),  # a 13th that is a Friday, not either
        ("00:05:00", datetime(2026, 11, 23, 20, 35, 15, tzinfo=UTC)),
        ("1.00:00:00", datetime(2026, 11, 24, 20, 30, 15, tzinfo=UTC)),
    ],
)
def test_next_occurrence(schedule: str, expected: datetime) -> None:
    assert parse_schedule(schedule)(_FROM) == expected


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "61 * * * * *", "0 0 9 L * *", "0 0 9 * * MON#2", "0 0 0 30 2 *", "00:00:00", "a:b"]
)
def test_malformed_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(HostStartError, match="schedule"):
        parse_schedule(schedule)


@pytest.mark.parametrize(
    ("schedule", "expected"), [("*/30 * * * * *", True), ("0 * * * * *", False), ("00:00:59", True)]
)
def test_frequent_means_more_than_once_a_minute(schedule: str, *, expected: bool) -> None:
    assert is_frequent(parse_schedule(schedule)) == expected


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_occurrences_move_forward_and_fall_on_the_second(start: datetime) -> None:
    following = parse_schedule("15,45 * * * * *")(start)
    assert following > start
    assert following.second in {15, 45}
    assert (following - start).total_seconds() <= 30
