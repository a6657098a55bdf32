"""Progress lines."""

import io
import json
from itertools import pairwise

from model_tools.progress import PHASES, BarProgress, JsonProgress, percent_of


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
