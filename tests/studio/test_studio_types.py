"""What the studio says of an answer that is written down nowhere but in the engine: it has the engine's fields, all of
them, in the contract's spelling."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from model_tools.quality.curve_result import (
    Curve,
    CurvePoint,
    F1Forecast,
    FittedCurve,
    Forecast,
    GainForecast,
    LearningCurve,
    Verdict,
)

QUALITY = (Path(__file__).parents[2] / "studio/src/api/quality.ts").read_text()
ADDED = {"LearningCurve": {"jobId", "createdDateTime"}}
"""By functions/http/quality.py."""


def declaration(name: str) -> str:
    found = re.search(rf"^export interface {name} {{\n(.*?)^}}", QUALITY, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "struct",
    [CurvePoint, FittedCurve, F1Forecast, GainForecast, Forecast, Curve, LearningCurve],
    ids=lambda s: s.__name__,
)
def test_the_learning_curve_has_the_fields_of_the_engine(struct: type[msgspec.Struct]) -> None:
    declared = set(re.findall(r"^  readonly (\w+): ", declaration(struct.__name__), re.MULTILINE))
    written = {re.sub("_([a-z0-9])", lambda part: part[1].upper(), name) for name in struct.__struct_fields__}
    assert declared == written | ADDED.get(struct.__name__, set())


def test_the_verdicts_are_those_of_the_engine() -> None:
    typed = re.search(r"readonly verdict: (.*);", declaration("Forecast"))
    assert typed is not None
    assert set(re.findall('"([^"]+)"', typed[1])) == set(get_args(Verdict))
