"""From a text of any length to windows of tokens that the model can see at once, and back."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from model_tools.inference.tokens import Tokens, locate

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens `start:end` that the model sees at once, of which it has the last word on `core_start:core_end`."""

    start: int
    end: int
    core_start: int
    core_end: int


def windows_over(n_tokens: int, size: int, overlap: int) -> list[Window]:
    """Windows of at most `size` tokens that cover all, neighbours sharing `overlap` or more.

    The last one is moved back to be full. The cores part the tokens among the windows: each token is judged where it
    is farthest from a cut, because a token at a cut lacks half its context.
    """
    if n_tokens == 0:
        return []
    starts = [*range(0, max(n_tokens - size, 0), size - overlap), max(n_tokens - size, 0)]
    ends = [min(start + size, n_tokens) for start in starts]
    cuts = [0, *((start + end) // 2 for start, end in zip(starts[1:], ends[:-1], strict=True)), n_tokens]
    return [Window(*bounds) for bounds in zip(starts, ends, cuts[:-1], cuts[1:], strict=True)]


class WindowTokenizer:
    """A fast tokenizer that never truncates, and the windows over its tokens."""

    def __init__(self, tokenizer: Tokenizer, *, window: int, overlap: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._prefix, self._suffix = _special_tokens(tokenizer)
        self._size = window - len(self._prefix) - len(self._suffix)
        self._overlap = overlap

    @classmethod
    def from_file(cls, path: Path, *, window: int, overlap: int) -> "WindowTokenizer":
        """Reads a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)), window=window, overlap=overlap)

    def tokenize(self, text: str) -> Tokens:
        """All tokens of the text. Lone surrogates, which are no characters, count as unknown ones."""
        encoding = self._tokenizer.encode(_LONE_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
        return locate(text, encoding.ids, encoding.offsets, encoding.word_ids)

    def windows(self, tokens: Tokens) -> list[Window]:
        """The windows that cover the tokens."""
        return windows_over(len(tokens), self._size, self._overlap)

    def input_ids(self, tokens: Tokens, window: Window) -> NDArray[np.int64]:
        """The window's token ids between the special tokens."""
        return np.concatenate([self._prefix, tokens.ids[window.start : window.end], self._suffix])

    def word_shapes(self, tokens: Tokens, window: Window) -> NDArray[np.int64]:
        """The window's word shapes, in step with `input_ids`."""
        return np.concatenate(
            [np.zeros_like(self._prefix), tokens.shapes[window.start : window.end], np.zeros_like(self._suffix)]
        )

    @property
    def n_prefix(self) -> int:
        """How many special tokens stand before the first of a window."""
        return len(self._prefix)


def _special_tokens(tokenizer: Tokenizer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What the tokenizer puts before and after a text, found by looking."""
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    full = tokenizer.encode("a").ids
    at = next(i for i in range(len(full)) if full[i : i + len(bare)] == bare)
    return np.array(full[:at], dtype=np.int64), np.array(full[at + len(bare) :], dtype=np.int64)
