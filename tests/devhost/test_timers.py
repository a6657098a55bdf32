import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.functions.meta import Datum

from devhost.azurite import Azurite
from devhost.blobs import HOSTS_CONTAINER
from devhost.indexing import Binding, FunctionDefinition
from devhost.settings import load_settings
from devhost.storage import Storage
from devhost.timers import TimerListener

_START = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.fixture
def storage(azurite: Azurite, tmp_path: Path) -> Iterator[Storage]:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    opened = Storage(load_settings(tmp_path, {"AzureWebJobsStorage": azurite.connection_string}))
    yield opened
    opened.close()


class Runs:
    """What a timer function was given, run by run."""

    def __init__(self, *, fails: bool = False, stop_after: int = 1) -> None:
        self.requests: list[dict[str, Any]] = []
        self._fails = fails
        self._stop_after = stop_after
        self.listener: TimerListener | None = None
        self.at_once = 0

    async def __call__(self, datum: Datum) -> None:
        assert self.at_once == 0
        self.at_once += 1
        await asyncio.sleep(0)
        self.requests.append(json.loads(datum.value))
        if len(self.requests) == self._stop_after:
            assert self.listener is not None
            self.listener.stop()
        self.at_once -= 1
        if self._fails:
            raise ValueError("as asked")


async def _listen(
    storage: Storage, runs: Runs, now: Callable[[], datetime], host_id: str = "", **values: object
) -> dict[str, Any]:
    trigger = Binding("timer", "timerTrigger", is_output=False, values={"schedule": "0 */5 * * * *", **values})
    function = FunctionDefinition("tick", print, "", trigger, {}, None, takes_context=False)
    host_id = host_id or uuid.uuid4().hex
    runs.listener = TimerListener(function, runs, host_id=host_id, storage=storage, now=now)
    await asyncio.wait_for(runs.listener.run(), 10)
    container = storage.blobs().get_container_client(HOSTS_CONTAINER)
    blob = container.get_blob_client(f"timers/{host_id}/Host.Functions.tick/status")
    status: dict[str, Any] = json.loads(blob.download_blob().readall()) if blob.exists() else {}
    return status


def _clock(*, start: datetime = _START, step: timedelta = timedelta(0)) -> Callable[[], datetime]:
    times = iter(start + step * index for index in range(10_000))
    return lambda: next(times)


@pytest.mark.asyncio
async def test_startup_run_writes_the_next_occurrence(storage: Storage) -> None:
    runs = Runs()
    status = await _listen(storage, runs, _clock(), runOnStartup=True)
    assert [request["IsPastDue"] for request in runs.requests] == [False]
    assert status["Last"] == _START.isoformat()
    assert status["Next"] == (_START + timedelta(minutes=5)).isoformat()


@pytest.mark.asyncio
async def test_missed_occurrence_runs_once_as_past_due(storage: Storage) -> None:
    host_id = uuid.uuid4().hex
    await _listen(storage, Runs(), _clock(), host_id, runOnStartup=True)
    runs = Runs()
    await _listen(storage, runs, _clock(start=_START + timedelta(hours=3)), host_id)
    assert [request["IsPastDue"] for request in runs.requests] == [True]
    assert runs.requests[0]["ScheduleStatus"]["Next"] == (_START + timedelta(minutes=5)).isoformat()


@pytest.mark.asyncio
async def test_without_monitor_nothing_is_remembered(storage: Storage) -> None:
    status = await _listen(storage, Runs(), _clock(), runOnStartup=True, useMonitor=False)
    assert status == {}


@pytest.mark.asyncio
async def test_frequent_schedule_is_not_monitored_and_goes_on_after_errors(storage: Storage) -> None:
    # The clock moves with every look at it, so that no real second passes.
    runs = Runs(fails=True, stop_after=3)
    status = await _listen(storage, runs, _clock(step=timedelta(seconds=11)), schedule="*/10 * * * * *")
    assert len(runs.requests) == 3
    assert status == {}
