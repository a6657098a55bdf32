"""The timer listener: one task a function, runs that never overlap, and a status blob that survives the host."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.blob import ContainerClient

from devhost.blobs import HOSTS_CONTAINER
from devhost.indexing import FunctionDefinition
from devhost.schedules import is_frequent, parse_schedule
from devhost.storage import Storage


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """What the host remembers of a timer."""

    last: datetime | None
    next: datetime

    def to_json(self) -> dict[str, str]:
        """As the host writes it."""
        last = self.last.isoformat() if self.last else "0001-01-01T00:00:00"
        return {"Last": last, "Next": self.next.isoformat(), "LastUpdated": last}


class TimerListener:
    """Runs one timer function when it is due, until stopped."""

    def __init__(
        self,
        function: FunctionDefinition,
        run: Callable[[Datum], Awaitable[None]],
        *,
        host_id: str,
        storage: Storage,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        """Read the schedule.

        Raises:
            HostStartError: It is malformed.
        """
        values = function.trigger.values
        self._schedule = parse_schedule(function.trigger.text("schedule") or "")
        self._runs_on_startup = bool(values.get("runOnStartup"))
        self._is_monitored = values.get("useMonitor") is not False and not is_frequent(self._schedule)
        self._run_function = run
        self._storage = storage
        self._status_name = f"timers/{host_id}/{function.id}/status"
        self._now = now
        self._stopping = asyncio.Event()
        self._log = logging.getLogger(function.id)

    async def run(self) -> None:
        """Run the function at every occurrence until stopped; a run under way is finished."""
        status = await self._read_status()
        is_past_due = status is not None and status.next < self._now()
        if is_past_due or self._runs_on_startup:
            status = await self._tick(status, is_past_due=is_past_due)
        upcoming = status.next if status is not None and status.next > self._now() else self._schedule(self._now())
        if status is None:
            status = TimerStatus(None, upcoming)
            await self._write_status(status)
        while await self._sleep_until(upcoming):
            status = await self._tick(status, is_past_due=False)
            upcoming = status.next

    def stop(self) -> None:
        """Start no further run."""
        self._stopping.set()

    async def _tick(self, status: TimerStatus | None, *, is_past_due: bool) -> TimerStatus:
        started = self._now()
        try:
            await self._run_function(timer_datum(status, is_past_due=is_past_due))
        except Exception:  # noqa: BLE001  an error of the function, which the worker has logged, ends no schedule
            self._log.warning("the timer goes on after the failed run")
        # An occurrence that passed during the run is not made up for: runs never overlap.
        result = TimerStatus(started, self._schedule(max(started, self._now())))
        await self._write_status(result)
        return result

    async def _sleep_until(self, time: datetime) -> bool:
        while (seconds := (time - self._now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                continue
            break
        return not self._stopping.is_set()

    async def _read_status(self) -> TimerStatus | None:
        return (
            await self._storage.call(_read_status, self._container(), self._status_name) if self._is_monitored else None
        )

    async def _write_status(self, status: TimerStatus) -> None:
        if not self._is_monitored:
            return
        try:
            await self._storage.call(_write_status, self._container(), self._status_name, status)
        except AzureError as error:
            self._log.warning("the timer's status could not be written: %s", str(error).partition("\n")[0])

    def _container(self) -> ContainerClient:
        return self._storage.blobs().get_container_client(HOSTS_CONTAINER)


def timer_datum(status: TimerStatus | None, *, is_past_due: bool) -> Datum:
    """What the function's TimerRequest is made of."""
    value = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": status.to_json() if status else None,
        "IsPastDue": is_past_due,
    }
    return Datum(json.dumps(value), "json")


def _read_status(container: ContainerClient, name: str) -> TimerStatus | None:
    try:
        value = json.loads(container.download_blob(name).readall())
        return TimerStatus(None, datetime.fromisoformat(value["Next"]))
    except ResourceNotFoundError:
        return None


def _write_status(container: ContainerClient, name: str, status: TimerStatus) -> None:
    with contextlib.suppress(ResourceExistsError):
        container.create_container()
    container.upload_blob(name, json.dumps(status.to_json()), overwrite=True)
