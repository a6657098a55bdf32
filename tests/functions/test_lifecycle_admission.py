"""Who is let in, who waits, who is told to come again: with work that goes on until the test says so."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from functions.errors import BusyError
from functions.lifecycle.admission import Admission


class Gate:
    """Work that waits for the test."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = threading.Semaphore(0)
        self.running = 0
        self.most_running = 0
        self._lock = threading.Lock()

    def work(self) -> str:
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        self.begun.release()
        assert self.opened.wait(30)
        with self._lock:
            self.running -= 1
        return "done"


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


async def until_running(gate: Gate, count: int) -> None:
    for _ in range(count):
        assert await asyncio.to_thread(gate.begun.acquire, timeout=30)


@pytest.mark.asyncio
@pytest.mark.parametrize(("running", "waiting", "asked"), [(1, 0, 3), (2, 3, 9), (4, 200, 1000)])
async def test_what_is_over_the_limits_is_refused_at_once(gate: Gate, running: int, waiting: int, asked: int) -> None:
    admission = Admission("test", running=running, waiting=waiting)
    calls = [asyncio.create_task(admission.run(gate.work)) for _ in range(asked)]
    await until_running(gate, running)
    refused, pending = await asyncio.wait(calls, timeout=0.05)
    assert (len(refused), len(pending)) == (asked - running - waiting, running + waiting)
    assert {type(call.exception()) for call in refused} == {BusyError}
    gate.opened.set()
    assert await asyncio.gather(*pending) == ["done"] * (running + waiting)
    assert gate.most_running == running
    assert await admission.run(lambda: "again") == "again", "every place is free once more"


@pytest.mark.asyncio
async def test_nobody_waits_for_ever(gate: Gate) -> None:
    admission = Admission("test", running=1, waiting=1, patience=0.01)
    first = asyncio.create_task(admission.run(gate.work))
    await until_running(gate, 1)
    begun = False

    def begin() -> None:
        nonlocal begun
        begun = True

    with pytest.raises(BusyError):
        await admission.run(begin)
    gate.opened.set()
    assert await first == "done", "what has begun is not given up"
    assert not begun
    assert await admission.run(lambda: "again") == "again"


@pytest.mark.asyncio
async def test_a_caller_who_is_gone_frees_the_place_when_the_work_is_done(gate: Gate) -> None:
    admission = Admission("test", running=1, waiting=0)
    gone = asyncio.create_task(admission.run(gate.work))
    await until_running(gate, 1)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    with pytest.raises(BusyError):
        await admission.run(gate.work)
    gate.opened.set()
    async with asyncio.timeout(30):
        while await again(admission) != "again":  # noqa: ASYNC110 - a thread frees the place
            await asyncio.sleep(0.001)


async def again(admission: Admission) -> str | None:
    try:
        return await admission.run(lambda: "again")
    except BusyError:
        return None


@pytest.mark.asyncio
@pytest.mark.parametrize("lane", [None, "lane"])
async def test_an_error_of_the_work_reaches_the_caller(lane: str | None) -> None:
    admission = Admission("test", running=1, waiting=0)

    def fail() -> None:
        raise ValueError("broken")

    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            await admission.run(fail, lane)
    assert await admission.run(lambda: "well", lane) == "well"


@pytest.mark.asyncio
async def test_a_lane_takes_one_thread(gate: Gate) -> None:
    admission = Admission("test", running=2, waiting=8)
    lane = [asyncio.create_task(admission.run(gate.work, "slow")) for _ in range(9)]
    await until_running(gate, 1)
    assert await admission.run(lambda: "another", "quick") == "another"
    assert await admission.run(lambda: "none") == "none"
    gate.opened.set()
    assert await asyncio.gather(*lane) == ["done"] * 9
    assert gate.most_running == 1
    assert admission._last == {}, "nothing is kept of a lane that has ended"


@pytest.mark.asyncio
async def test_nobody_waits_for_ever_in_a_lane_and_those_behind_go_on_waiting(gate: Gate) -> None:
    admission = Admission("test", running=3, waiting=8, patience=0.05)
    first = asyncio.create_task(admission.run(gate.work, "slow"))
    await until_running(gate, 1)
    for _ in range(20):
        with pytest.raises(BusyError):
            await admission.run(gate.work, "slow")
    gone = asyncio.create_task(admission.run(gate.work, "slow"))
    await asyncio.sleep(0)
    gone.cancel()
    assert gate.most_running == 1, "a refusal does not let the next one pass the first"
    gate.opened.set()
    assert await first == "done"
    assert await admission.run(lambda: "again", "slow") == "again"
    assert admission._last == {}
