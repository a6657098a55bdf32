"""How many requests one process works on and lets wait: who comes when it is full is told at once when to come back."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from functions import telemetry
from functions.errors import BusyError

Answer = TypeVar("Answer")

_PATIENCE_SECONDS = 10.0
"""Nobody waits longer for a thread, however long the texts in front are: a client's own time-out gives no reason."""


class Admission:
    """A number of threads, and a bounded queue before them.

    Args:
        name: of the threads.
        running: works at once; more of those that compute than cores only helps while some wait for storage.
        waiting: works that may wait for their turn.
        patience: seconds that one may.
    """

    def __init__(self, name: str, *, running: int, waiting: int, patience: float = _PATIENCE_SECONDS) -> None:
        self._threads = ThreadPoolExecutor(running, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(running + waiting)
        self._patience = patience
        self._lock = threading.Lock()
        self._last: dict[Hashable, Future[None]] = {}
        """The end of each lane."""

    async def run(self, work: Callable[[], Answer], lane: Hashable = None) -> Answer:
        """What `work` gives, from a thread, when its turn has come.

        Works of one `lane` follow one another; who waits for the one in front has a place, but no thread.

        Raises:
            BusyError: too many wait already, or it waited too long; the work was not begun.
        """
        if not self._places.acquire(blocking=False):
            raise _refusal()
        ended: Future[None] = Future()
        in_front = None if lane is None else self._line_up(lane, ended)
        deadline = time.monotonic() + self._patience
        with ExitStack() as leaving:  # where it is refused, the caller is gone, or the process is ending
            leaving.callback(self._places.release)
            leaving.callback(_end_after, in_front, ended)
            if in_front is not None:
                await self._wait_for(in_front)
            submitted = self._threads.submit(contextvars.copy_context().run, work)
            leaving.pop_all()
        # Where the caller is gone from here on, the work still has its place until it is done.
        submitted.add_done_callback(lambda _: self._places.release())
        submitted.add_done_callback(lambda _: ended.set_result(None))
        answer = asyncio.wrap_future(submitted)
        done, _ = await asyncio.wait({answer}, timeout=max(0.0, deadline - time.monotonic()))
        if not done and submitted.cancel():
            raise _refusal()
        return await answer

    async def _wait_for(self, in_front: Future[None]) -> None:
        done, _ = await asyncio.wait({asyncio.wrap_future(in_front)}, timeout=self._patience)
        if not done:
            raise _refusal()

    def _line_up(self, lane: Hashable, ended: Future[None]) -> Future[None] | None:
        """What ends with the one in front; None where there is none."""

        def leave(_: Future[None]) -> None:
            with self._lock:
                if self._last.get(lane) is ended:
                    del self._last[lane]

        with self._lock:
            in_front = self._last.get(lane)
            self._last[lane] = ended
        ended.add_done_callback(leave)
        return in_front


def _end_after(in_front: Future[None] | None, ended: Future[None]) -> None:
    """Who leaves a lane early leaves those behind waiting for the one in front."""
    if in_front is None:
        ended.set_result(None)
    else:
        in_front.add_done_callback(lambda _: ended.set_result(None))


def _refusal() -> BusyError:
    telemetry.request_refused()
    return BusyError("Too many predictions wait here already. Nothing was done; send the request again.")
