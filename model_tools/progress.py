"""How a long training run says how far it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, TextIO, get_args

import msgspec

Phase = Literal["loading", "training", "exporting", "quantising", "evaluating", "done"]
ProgressKind = Literal["auto", "json", "none"]
PROGRESS_KINDS: tuple[ProgressKind, ...] = get_args(ProgressKind)
PHASES: tuple[Phase, ...] = get_args(Phase)

# Per cent of the whole run at which each phase begins; training is by far the longest.
_STARTS: dict[Phase, float] = {
    "loading": 0,
    "training": 5,
    "exporting": 85,
    "quantising": 89,
    "evaluating": 95,
    "done": 100,
}

_SECONDS_BETWEEN = 0.5
_BAR_WIDTH = 30


class Progress(Protocol):
    """Told now and then how far the run is; must return quickly."""

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """`percent` is of the whole run, 0 to 100; `seconds_left` is None while unknown."""
        ...


def percent_of(phase: Phase, share: float) -> float:
    """Per cent of the whole run when `share` (0 to 1) of the phase is done."""
    start = _STARTS[phase]
    following = PHASES[PHASES.index(phase) + 1 :]
    end = _STARTS[following[0]] if following else start
    return start + share * (end - start)


def silent(phase: Phase, percent: float, seconds_left: float | None) -> None:
    """A `Progress` for callers who do not care."""


class JsonProgress:
    """One JSON object a line: `{"phase", "percent", "seconds_left"}`; a line at most every half second and phase."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._phase: Phase | None = None
        self._written = -_SECONDS_BETWEEN

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """Writes the line, or nothing when the last is fresh."""
        now = time.monotonic()
        if phase == self._phase and now < self._written + _SECONDS_BETWEEN:
            return
        self._phase, self._written = phase, now
        line = {"phase": phase, "percent": round(percent, 1), "seconds_left": _rounded(seconds_left)}
        self._stream.write(msgspec.json.encode(line).decode() + "\n")
        self._stream.flush()


class BarProgress:
    """One line of a terminal, rewritten in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_open = False

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """Redraws the line."""
        filled = round(percent / 100 * _BAR_WIDTH)
        left = "" if seconds_left is None or phase == "done" else f"  {seconds_left:.0f} s left"
        bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
        self._stream.write(f"\r[{bar}] {percent:3.0f} %  {phase}{left}\x1b[K")
        self._is_open = True
        if phase == "done":
            self.close()
        self._stream.flush()

    def close(self) -> None:
        """Ends the line, if it has not ended: what follows begins a line of its own."""
        if self._is_open:
            self._stream.write("\n")
            self._is_open = False


class ShareProgress:
    """The progress of a run that consists of equal parts, each of which says how much of it is done."""

    def __init__(self, progress: Progress, phase: Phase, n_parts: int = 1) -> None:
        self._progress = progress
        self._phase = phase
        self._n_parts = n_parts
        self._n_finished = 0
        self._begun = time.monotonic()

    def __call__(self, share: float) -> None:
        """Says how much of the part at hand is done, up to 1, which begins the next part."""
        done = (self._n_finished + share) / self._n_parts
        self._n_finished += share >= 1
        elapsed = time.monotonic() - self._begun
        self._progress(self._phase, 100 * done, elapsed / done - elapsed if done else None)


@contextmanager
def progress_on(stream: TextIO, kind: ProgressKind) -> Iterator[Progress]:
    """Where progress is written, and how: "auto" draws a bar on a terminal, and writes JSON lines elsewhere.

    A bar that an error or Ctrl-C cuts off does not run into what is said of it.
    """
    if kind == "none":
        yield silent
    elif kind == "json" or not stream.isatty():
        yield JsonProgress(stream)
    else:
        bar = BarProgress(stream)
        try:
            yield bar
        finally:
            bar.close()


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
