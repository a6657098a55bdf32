"""Label errors put on purpose into good data, so that a search for them can be scored."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

from model_tools.documents import Document
from model_tools.spans import Label, Span

Kind = Literal["dropped", "wrong category", "shifted boundary", "spurious"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WORD = re.compile(r"\w+|[^\w\s]")
_SPURIOUS_WORDS = 3
"""At most; one is as likely as two or three."""
_SPURIOUS_CHARACTERS = 4
"""At least: nobody labels an article by mistake."""
_TRIES = 200


@dataclass(frozen=True)
class Planted:
    """One error."""

    document: str
    """Its id."""
    kind: Kind
    region: Span
    """What a finding must touch: the span before and after, in code points."""
    correction: Label | None
    """What was there before; None where nothing was."""


def plant(documents: Sequence[Document], *, share: float, seed: int) -> tuple[list[Document], list[Planted]]:
    """The documents with `share` times as many errors as they have labels, and a list of the errors.

    The four kinds come in turn, so in equal parts; where there is one category only, none is wrong. Dropped labels,
    wrong categories and shifted boundaries hit labels drawn without replacement. A boundary moves one word in or out,
    never into another label. A spurious label covers one to three words that no label covers, nor did.
    """
    planter = _Planter(documents, Random(seed))
    planted = planter.plant(round(share * sum(len(document.labels) for document in documents)))
    spoiled = [
        replace(document, labels=tuple(sorted(labels)))
        for document, labels in zip(documents, planter.labels, strict=True)
    ]
    return spoiled, planted


class _Planter:
    def __init__(self, documents: Sequence[Document], generator: Random) -> None:
        self.labels = [set(document.labels) for document in documents]
        self._documents = documents
        self._generator = generator
        self._categories = sorted({label.category for document in documents for label in document.labels})
        # Spans that were labelled at some time; nothing spurious is put there.
        self._taken: list[list[Span]] = [list(document.labels) for document in documents]
        self._unspoiled = [(i, label) for i, document in enumerate(documents) for label in document.labels]
        generator.shuffle(self._unspoiled)

    def plant(self, n_errors: int) -> list[Planted]:
        kinds = [kind for kind in KINDS if kind != "wrong category" or len(self._categories) > 1]
        planted: list[Planted] = []
        while len(planted) < n_errors:
            kind = kinds[len(planted) % len(kinds)]
            error = self._add() if kind == "spurious" else self._change(kind)
            if error is not None:
                planted.append(error)
        return planted

    def _add(self) -> Planted:
        i, new = _spurious(self._documents, self._taken, self._categories, self._generator)
        return self._put(i, "spurious", None, new)

    def _change(self, kind: Kind) -> Planted | None:
        """Spoils the next label; None where it has no room to move."""
        i, old = self._unspoiled.pop()
        others = self.labels[i] - {old}
        new: Label | None = None
        if kind == "wrong category":
            new = _recategorised(old, self._categories, self._generator)
        elif kind == "shifted boundary":
            new = _shifted(self._documents[i].text, old, others, self._generator)
        return None if new == old else self._put(i, kind, old, new)

    def _put(self, i: int, kind: Kind, old: Label | None, new: Label | None) -> Planted:
        spans = [one for one in (old, new) if one is not None]
        region = Span(min(one.start for one in spans), max(one.end for one in spans))
        self.labels[i] = {*(one for one in self.labels[i] if one != old), *([new] if new else [])}
        self._taken[i].append(region)
        return Planted(self._documents[i].id, kind, region, old)


def _recategorised(label: Label, categories: Sequence[str], generator: Random) -> Label:
    return replace(label, category=generator.choice([one for one in categories if one != label.category]))


def _shifted(text: str, label: Label, others: set[Label], generator: Random) -> Label:
    """The label with one end moved by a word; the same label where that is impossible."""
    words = [match.span() for match in _WORD.finditer(text)]
    inner = [word for word in words if word[0] >= label.start and word[1] <= label.end]
    before = [word for word in words if word[1] <= label.start][-1:]
    after = [word for word in words if word[0] >= label.end][:1]
    moved = [replace(label, start=start) for start, _ in [*before, *inner[1:2]]]
    moved += [replace(label, end=end) for _, end in [*after, *inner[-2:-1]]]
    free = [one for one in moved if not any(one.overlaps(other) for other in others)]
    return generator.choice(free) if free else label


def _spurious(
    documents: Sequence[Document], taken: Sequence[Sequence[Span]], categories: Sequence[str], generator: Random
) -> tuple[int, Label]:
    for i, span in _random_spans(documents, generator):
        if span.end - span.start >= _SPURIOUS_CHARACTERS and not any(span.overlaps(other) for other in taken[i]):
            return i, Label(span.start, span.end, generator.choice(categories))
    raise SystemExit("There is no room for spurious labels.")


def _random_spans(documents: Sequence[Document], generator: Random) -> Iterator[tuple[int, Span]]:
    for _ in range(_TRIES * _TRIES):
        i = generator.randrange(len(documents))
        words = [match.span() for match in _WORD.finditer(documents[i].text)]
        if words:
            first = generator.randrange(len(words))
            last = min(first + generator.randrange(_SPURIOUS_WORDS), len(words) - 1)
            yield i, Span(words[first][0], words[last][1])
