"""Texts of many callers in one pool: whose windows come when."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from model_tools.inference.tagger import EntityTagger
from model_tools.inference.windows import WindowTokenizer

VOCABULARY = {token: i for i, token in enumerate(["[UNK]", "[CLS]", "[SEP]", "book", "note"])}
AHEAD = 4


class Recorder:
    """Notes of which text each window is; the first one waits until it is let go."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def logits(self, input_ids: NDArray[np.int64], word_shapes: NDArray[np.int64]) -> NDArray[np.float32]:  # noqa: ARG002 - the protocol
        self.begun.set()
        assert self.go.wait(60)
        self.order.append("note" if VOCABULARY["note"] in input_ids else "book")
        return np.zeros((len(input_ids), 3), dtype=np.float32)


class WatchedPool(ThreadPoolExecutor):
    """Tells when somebody has brought a window of a note."""

    def __init__(self) -> None:
        super().__init__(1)
        self.brought = threading.Semaphore(0)

    def submit(self, *given, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201
        future = super().submit(*given, **named)
        if threading.current_thread().name == "note":
            self.brought.release()
        return future


@pytest.fixture
def tokenizer() -> WindowTokenizer:
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return WindowTokenizer(tokenizer, window=16, overlap=4)


def test_a_short_text_does_not_wait_for_a_whole_book(tokenizer: WindowTokenizer) -> None:
    recorder, pool = Recorder(), WatchedPool()
    tagger = EntityTagger(recorder, tokenizer, ("O", "B-A", "I-A"), "word", pool=pool, ahead=AHEAD)
    book = threading.Thread(target=tagger.predict, args=(["book " * 3000],), daemon=True)
    note = threading.Thread(target=tagger.predict, args=(["note " * 30],), daemon=True, name="note")
    book.start()
    assert recorder.begun.wait(60)
    note.start()
    n_windows = len(list(tokenizer.windows(tokenizer.tokenize("note " * 30))))
    assert 1 < n_windows < AHEAD
    for _ in range(n_windows):
        assert pool.brought.acquire(timeout=60)
    recorder.go.set()
    book.join(60)
    note.join(60)
    last = max(i for i, text in enumerate(recorder.order) if text == "note")
    assert last < AHEAD + n_windows
    assert len(recorder.order) > 200
