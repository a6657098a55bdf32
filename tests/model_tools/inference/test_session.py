"""Which of its two sessions a classifier runs a window on, and that it does not matter for the logits."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from model_tools.artifact import Artifact
from model_tools.inference import session
from model_tools.inference.predictor import Predictor
from model_tools.inference.session import TokenClassifier

IDS = np.array([1, 2], dtype=np.int64)


class Session:
    """Notes its threads at each run, and ends when it may."""

    def __init__(self, threads: int, runs: list[int]) -> None:
        self._threads, self._runs = threads, runs
        self.begun, self.go = threading.Event(), threading.Event()
        self.go.set()

    def get_inputs(self) -> Sequence[SimpleNamespace]:
        return [SimpleNamespace(name="input_ids")]

    def run(self, *_: object) -> list[np.ndarray]:
        self._runs.append(self._threads)
        self.begun.set()
        assert self.go.wait(60)
        return [np.zeros((1, 2, 3), dtype=np.float32)]


@pytest.fixture
def runs() -> list[int]:
    """The threads of the session that each run was on."""
    return []


@pytest.fixture
def sessions(runs: list[int], monkeypatch: pytest.MonkeyPatch) -> dict[int, Session]:
    """Those that were opened, by their threads."""
    opened: dict[int, Session] = {}

    def open_one(_: Path, threads: int) -> Session:
        return opened.setdefault(threads, Session(threads, runs))

    monkeypatch.setattr(session, "_open", open_one)
    return opened


def test_a_lone_window_has_all_threads(sessions: dict[int, Session], runs: list[int]) -> None:
    classifier = TokenClassifier(Path("model.onnx"), threads=4)
    for _ in range(2):
        classifier.logits(IDS, IDS)
    assert runs == [4, 4]
    assert sorted(sessions) == [1, 4]


def test_one_of_several_windows_has_one_thread(sessions: dict[int, Session], runs: list[int]) -> None:
    del sessions
    TokenClassifier(Path("model.onnx"), threads=4).logits(IDS, IDS, side_by_side=True)
    assert runs == [1]


def test_a_window_that_comes_during_another_has_one_thread(sessions: dict[int, Session], runs: list[int]) -> None:
    classifier, of_another_model = (TokenClassifier(Path("model.onnx"), threads=4) for _ in range(2))
    sessions[4].go.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(classifier.logits, IDS, IDS)
        assert sessions[4].begun.wait(60)
        of_another_model.logits(IDS, IDS)
        sessions[4].go.set()
        first.result(60)
    classifier.logits(IDS, IDS)
    assert runs == [4, 1, 4]


def test_a_run_that_fails_is_over(sessions: dict[int, Session], runs: list[int]) -> None:
    classifier = TokenClassifier(Path("model.onnx"), threads=4)
    sessions[4].run = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    with pytest.raises(ZeroDivisionError):
        classifier.logits(IDS, IDS)
    del sessions[4].run
    classifier.logits(IDS, IDS)
    assert runs == [4]


def test_one_thread_is_one_session(sessions: dict[int, Session]) -> None:
    TokenClassifier(Path("model.onnx"), threads=1)
    assert sorted(sessions) == [1]


def test_threads_do_not_change_a_bit(toy_artifact: Artifact) -> None:
    one, four = (Predictor(toy_artifact, threads=threads) for threads in (1, 4))
    for text in ("Rome", "Ana Li lives in Rome. " * 8, "東京 \U0001f600 " * 30):
        tokens = one.tokenize(text)
        np.testing.assert_array_equal(one.logits(tokens), four.logits(tokens))
