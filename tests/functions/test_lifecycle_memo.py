"""Values made once for all who ask, and never older than they may be."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from types import SimpleNamespace

import pytest

from functions.lifecycle import memo as module
from functions.lifecycle.memo import Memo


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0.0), (0, 1.9), [1, 1]),
        ((0, 0.0), (0, 2.0), [1, 2]),
        ((0, 0.0), (1, 0.0), [1, 2]),
        ((1, 0.0), (0, 1.9), [1, 1]),
    ],
    ids=["young", "old", "a write since", "asked before the write, answered after it"],
)
def test_a_value_is_made_anew(
    clock: list[float], first: tuple[int, float], second: tuple[int, float], expected: list[int]
) -> None:
    memo, made, found = Memo[int](2.0), count(1), []
    for revision, now in (first, second):
        clock[0] = now
        found.append(memo.get("p", revision, lambda: next(made)))
    assert found == expected


def test_keys_do_not_mix_and_old_ones_are_forgotten(clock: list[float]) -> None:
    memo = Memo[str](2.0)
    assert [memo.get(each, 0, lambda each=each: each) for each in "ab"] == ["a", "b"]  # type: ignore[misc]
    clock[0] = 3.0
    memo.get("c", 0, lambda: "c")
    assert list(memo._makings) == ["c"]


def test_the_age_counts_from_when_the_making_began(clock: list[float]) -> None:
    memo = Memo[str](2.0)

    def slow() -> str:
        clock[0] += 3.0
        return "slow"

    assert memo.get("p", 0, slow) == "slow"
    assert memo.get("p", 0, lambda: "next") == "next"


@pytest.mark.parametrize("fails", [False, True])
def test_many_who_ask_at_once_wait_for_one(fails: bool) -> None:
    memo, calls, begun, go_on = Memo[int](60.0), count(1), threading.Event(), threading.Event()

    def make() -> int:
        made = next(calls)
        begun.set()
        go_on.wait(10)
        if fails:
            raise ValueError(made)
        return made

    def ask() -> int | str:
        try:
            return memo.get("p", 0, make)
        except ValueError as error:
            return f"failed {error}"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        begun.wait(10)
        with memo._lock:  # the making may have begun before it is kept
            making = memo._makings["p"]
        while len(making.value._condition._waiters) < 8:  # type: ignore[attr-defined]
            time.sleep(0.01)
        go_on.set()
        found = {each.result() for each in asked}
    assert found == ({"failed 1"} if fails else {1})
    assert ask() == ("failed 2" if fails else 1)


def test_what_takes_longer_than_it_may_be_old_is_not_begun_again_meanwhile(clock: list[float]) -> None:
    memo, begun, go_on = Memo[str](2.0), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go_on.wait(10)
        return "slow"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memo.get, "p", 0, slow)
        begun.wait(10)
        clock[0] = 5.0
        second = pool.submit(memo.get, "p", 0, lambda: "again")
        while len(memo._makings["p"].value._condition._waiters) < 2:  # type: ignore[attr-defined]
            assert not second.done()
            time.sleep(0.01)
        go_on.set()
        assert (first.result(), second.result()) == ("slow", "slow")
    assert memo.get("p", 0, lambda: "next") == "next"


def test_a_write_while_the_value_is_made_makes_it_anew() -> None:
    """Who asks after a write does not get what somebody began to read before it."""
    memo, begun, go_on = Memo[str](60.0), threading.Event(), threading.Event()

    def before() -> str:
        begun.set()
        go_on.wait(10)
        return "before"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(memo.get, "p", 0, before)
        begun.wait(10)
        assert memo.get("p", 1, lambda: "after") == "after"
        go_on.set()
        assert first.result() == "before"
    assert memo.get("p", 1, lambda: "again") == "after"
