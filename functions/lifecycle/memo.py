"""Values that are dear to make: made once for all who ask at about the same time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Making(Generic[Value]):
    revision: int
    begun: float
    value: Future[Value]


class Memo(Generic[Value]):
    """The newest value of each key, while it is not older than `max_age` seconds.

    The age counts from when its making began, since that is what it may have missed something after.
    """

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self._lock = threading.Lock()
        self._makings: dict[str, _Making[Value]] = {}

    def get(self, key: str, revision: int, make: Callable[[], Value]) -> Value:
        """The value of a key as it was at `revision` or later; by `make`, where nobody makes it or has made it."""
        with self._lock:
            now = time.monotonic()
            # Others are forgotten here, so that what is kept is never more than was asked for of late.
            self._makings = {each: making for each, making in self._makings.items() if self._is_young(making, now)}
            making = self._makings.get(key)
            is_ours = making is None or making.revision < revision
            if making is None or is_ours:
                making = self._makings[key] = _Making(revision, now, Future())
        if is_ours:
            self._fulfil(key, making, make)
        return making.value.result()

    def _is_young(self, making: _Making[Value], now: float) -> bool:
        return now - making.begun < self._max_age

    def _fulfil(self, key: str, making: _Making[Value], make: Callable[[], Value]) -> None:
        try:
            making.value.set_result(make())
        except BaseException as error:  # noqa: BLE001 - who waits is told, whatever it is; who comes later tries again
            making.value.set_exception(error)
            with self._lock:
                if self._makings.get(key) is making:
                    del self._makings[key]
