"""What prediction means, written as plainly as possible: the judge of everything that makes the predictor fast.

One text at a time, one window at a time, loops over tokens; nothing of `model_tools.inference` is used.
"""

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from benchmarks.peers.taggers import Span


class NaiveTagger:
    """Entities from a model folder whose tokenizer leaves blanks out of its tokens, as BERT's does."""

    def __init__(self, folder: Path) -> None:
        self._manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        self._tags: list[str] = self._manifest["tags"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = ort.SessionOptions()
        # The file is optimised already. Run as it is, its arithmetic is the predictor's.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(str(folder / "model.onnx"), options)

    def tag(self, text: str) -> list[Span]:
        """The entities of one text."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        offsets: list[tuple[int, int]] = encoding.offsets
        logits = self._logits(encoding.ids, _shapes(text, offsets))
        first = self._first_of_units(text, offsets, encoding.word_ids)
        ends = [offsets[after - 1][1] for after in [*first[1:], len(offsets)]]
        return self._spans(self._best_path(logits[first]), [offsets[i][0] for i in first], ends)

    def _logits(self, ids: list[int], shapes: list[int]) -> Any:  # noqa: ANN401 - an array
        size, overlap = self._manifest["window"] - 2, self._manifest["overlap"]
        n = len(ids)
        rows = np.zeros((n, len(self._tags)), dtype=np.float64)
        starts = [*range(0, max(n - size, 0), size - overlap), max(n - size, 0)]
        for k, start in enumerate(starts if n else []):
            end = min(start + size, n)
            (window,) = self._session.run(None, self._feeds(ids[start:end], shapes[start:end]))
            # The part that this window sees better than its neighbours.
            low = (start + min(starts[k - 1] + size, n)) // 2 if k else 0
            high = (starts[k + 1] + end) // 2 if k + 1 < len(starts) else n
            for i in range(low, high):
                rows[i] = window[0][i - start + 1]
        return rows

    def _feeds(self, ids: list[int], shapes: list[int]) -> dict[str, Any]:
        tokens = [self._tokenizer.token_to_id("[CLS]"), *ids, self._tokenizer.token_to_id("[SEP]")]
        given = {
            "input_ids": tokens,
            "word_shapes": [0, *shapes, 0],
            "attention_mask": [1] * len(tokens),
            "token_type_ids": [0] * len(tokens),
        }
        return {
            item.name: np.array([given[item.name]], dtype=np.int32 if "int32" in item.type else np.int64)
            for item in self._session.get_inputs()
        }

    def _first_of_units(self, text: str, offsets: Sequence[tuple[int, int]], words: Sequence[int | None]) -> list[int]:
        if self._manifest["tagging_unit"] == "subword":
            return list(range(len(offsets)))
        first = []
        for i, (start, _) in enumerate(offsets):
            within = i > 0 and words[i] == words[i - 1]
            if not within or (start >= offsets[i - 1][1] and not (_of_word(text[start]) and _of_word(text[start - 1]))):
                first.append(i)
        return first

    def _best_path(self, scores: Any) -> list[int]:  # noqa: ANN401
        """Viterbi over the legal sequences, in log-probabilities; equal scores go to the first tag."""
        if not len(scores):
            return []
        scores = scores - scores.max(axis=1, keepdims=True)
        scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        n_tags = len(self._tags)
        total = [float(scores[0][tag]) if self._may_follow("O", tag) else -np.inf for tag in range(n_tags)]
        back: list[list[int]] = []
        for row in scores[1:]:
            before = [
                max(
                    range(n_tags),
                    key=lambda other, tag=tag: (  # type: ignore[misc]
                        total[other] if self._may_follow(self._tags[other], tag) else -np.inf
                    ),
                )
                for tag in range(n_tags)
            ]
            back.append(before)
            total = [total[before[tag]] + float(row[tag]) for tag in range(n_tags)]
        path = [int(np.argmax(total))]
        for before in reversed(back):
            path.append(before[path[-1]])
        return path[::-1]

    def _may_follow(self, before: str, tag: int) -> bool:
        name = self._tags[tag]
        return not name.startswith("I-") or (before != "O" and before[2:] == name[2:])

    def _spans(self, path: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> list[Span]:
        spans: list[Span] = []
        for i, tag in enumerate(path):
            name = self._tags[tag]
            if name.startswith("B-"):
                spans.append(Span(starts[i], ends[i], name[2:]))
            elif name.startswith("I-"):
                spans[-1] = spans[-1]._replace(end=ends[i])
        return spans


def _of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _shapes(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """The shape of each token's word: tokens that touch with a letter or digit on either side are one word."""
    groups: list[list[int]] = []
    for i, (start, _) in enumerate(offsets):
        joins = i > 0 and offsets[i - 1][1] == start and text[start].isalnum() and text[start - 1].isalnum()
        if joins:
            groups[-1].append(i)
        else:
            groups.append([i])
    shapes = [0] * len(offsets)
    for group in groups:
        word = text[offsets[group[0]][0] : offsets[group[-1]][1]]
        for i in group:
            shapes[i] = _shape("".join(character for character in word if character.isalnum()))
    return shapes


def _shape(word: str) -> int:  # noqa: PLR0911 - a table
    """The row of the trained embedding, as `WordShape` numbers them."""
    if not word:
        return 0
    if word.isdecimal():
        return 6
    if not word.isalpha():
        return 7
    if word.islower():
        return 1
    if word.isupper():
        return 3 if len(word) > 1 else 4
    if word == word.lower():
        return 0
    return 2 if word[0] != word[0].lower() and word[1:].islower() else 5
