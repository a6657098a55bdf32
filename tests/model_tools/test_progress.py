"""Progress lines."""

import io
import json
from itertools import pairwise

import pytest

from model_tools.progress import (
    PHASES,
    BarProgress,
    JsonProgress,
    Phase,
    ProgressKind,
    ShareProgress,
    percent_of,
    progress_on,
    silent,
)


def test_phases_fill_the_hundred_without_gaps() -> None:
    assert percent_of(PHASES[0], 0) == 0
    assert percent_of("done", 1) == 100
    for phase, following in pairwise(PHASES):
        assert percent_of(phase, 1) == percent_of(following, 0)


def test_json_lines_are_few_and_none_of_a_new_phase_is_lost() -> None:
    stream = io.StringIO()
    progress = JsonProgress(stream)
    for step in range(1000):
        progress("training", 5 + step / 20, 10.04)
    progress("exporting", 85, None)
    first, *_, last = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert first == {"phase": "training", "percent": 5.0, "seconds_left": 10.0}
    assert last == {"phase": "exporting", "percent": 85, "seconds_left": None}
    assert stream.getvalue().count("\n") < 100


def test_the_bar_stays_on_one_line_until_done() -> None:
    stream = io.StringIO()
    progress = BarProgress(stream)
    progress("training", 50, 12.3)
    assert "50 %" in stream.getvalue()
    assert "12 s left" in stream.getvalue()
    assert "\n" not in stream.getvalue()
    progress("done", 100, 0)
    assert stream.getvalue().endswith("\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "stream", "expected"),
    [
        ("auto", Terminal(), BarProgress),
        ("auto", io.StringIO(), JsonProgress),
        ("json", Terminal(), JsonProgress),
        ("json", io.StringIO(), JsonProgress),
    ],
)
def test_the_form_is_chosen_by_the_stream_or_by_the_user(
    kind: ProgressKind, stream: io.StringIO, expected: type[object]
) -> None:
    with progress_on(stream, kind) as progress:
        assert type(progress) is expected


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_none_is_silence(stream: io.StringIO) -> None:
    with progress_on(stream, "none") as progress:
        assert progress is silent
        progress("training", 50, 1.0)
    assert stream.getvalue() == ""


def cut_off(stream: io.StringIO, phase: Phase) -> None:
    with progress_on(stream, "auto") as progress:
        progress(phase, 50, 1.0)
        raise KeyboardInterrupt


@pytest.mark.parametrize("phase", ["training", "done"])
def test_a_bar_ends_its_line_once_however_the_run_ends(phase: Phase) -> None:
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt):
        cut_off(stream, phase)
    assert stream.getvalue().count("\n") == 1


def test_no_line_was_begun_so_none_ends() -> None:
    stream = Terminal()
    with progress_on(stream, "auto"):
        pass
    assert stream.getvalue() == ""


def test_parts_fill_the_hundred() -> None:
    told: list[tuple[Phase, float]] = []

    def progress(phase: Phase, percent: float, seconds_left: float | None) -> None:
        told.append((phase, percent))
        assert seconds_left is not None
        assert seconds_left >= 0

    part = ShareProgress(progress, "evaluating", 2)
    for share in (0.5, 1.0, 0.5, 1.0):
        part(share)
    assert told == [("evaluating", 25), ("evaluating", 50), ("evaluating", 75), ("evaluating", 100)]
