"""When a timer is due: NCRONTAB expressions of six or five fields, and time spans."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from devhost.errors import HostStartError
from devhost.settings import parse_time_span

Schedule = Callable[[datetime], datetime]
"""The first time after a given one, both with a time zone."""

_SOME_TIME = datetime(2026, 1, 1)  # noqa: DTZ001  only to try an expression
_NAMES = re.compile(r"[a-z]{3,}", re.IGNORECASE)


def parse_schedule(text: str) -> Schedule:
    """Read the schedule of a timer trigger: `0 */5 * * * *`, `*/5 * * * *` or `00:05:00`.

    Raises:
        HostStartError: It is neither a cron expression that the host knows nor a time span.
    """
    if ":" in text:
        return _parse_span(text)
    # The host takes whole names of days and months too.
    expression = _NAMES.sub(lambda match: match[0][:3], text)
    if re.search(r"[#LW?]", re.sub(_NAMES, "", expression), re.IGNORECASE):
        raise HostStartError(f"schedule `{text}`: NCRONTAB has no #, L, W or ?")
    try:
        next(_occurrences(expression, _SOME_TIME))
    except (CronSimError, StopIteration) as error:
        raise HostStartError(f"schedule `{text}`: {error or 'it is never due'}") from error
    return lambda after: next(_occurrences(expression, after))


def is_frequent(schedule: Schedule) -> bool:
    """Whether it is due more than once a minute; the host keeps no status for such timers."""
    first = schedule(_SOME_TIME)
    return schedule(first) - first < timedelta(minutes=1)


def _occurrences(expression: str, after: datetime) -> CronSim:
    occurrences = CronSim(expression, after)
    # NCRONTAB wants the day of the month and the day of the week both to match; Unix cron either.
    occurrences.day_and = True
    return occurrences


def _parse_span(text: str) -> Schedule:
    try:
        span = parse_time_span(text)
    except ValueError as error:
        raise HostStartError(f"schedule: {error}") from error
    if not span:
        raise HostStartError(f"schedule `{text}`: the span must be longer than nothing")
    return lambda after: after + span
