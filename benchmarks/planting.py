"""Label errors put on purpose into good data, so that a search for them can be scored."""

import re
from collections.abc import Callable, Iterator, Sequence
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


def plant(documents: Sequence[Document], *, share: float, seed: int) -> tuple[list[Document], list[Planted]]:
    """The documents with `share` times as many errors as they have labels, and a list of the errors.

    The four kinds come in turn, so in equal parts; where there is one category only, none is wrong. Dropped labels,
    wrong categories and shifted boundaries hit labels drawn without replacement. A boundary moves one word in or out,
    never into another label. A spurious label covers one to three words that no label covers, nor did.
    """
    generator = Random(seed)
    categories = sorted({label.category for document in documents for label in document.labels})
    kinds = [kind for kind in KINDS if kind != "wrong category" or len(categories) > 1]
    labels = [(i, label) for i, document in enumerate(documents) for label in document.labels]
    generator.shuffle(labels)
    n_errors = round(share * len(labels))
    spoiled = [set(document.labels) for document in documents]
    # Spans that were labelled at some time; nothing spurious is put there.
    taken: list[list[Span]] = [list(document.labels) for document in documents]
    planted: list[Planted] = []
    change: dict[Kind, Callable[[str, Label, set[Label]], Label | None]] = {
        "dropped": lambda *_: None,
        "wrong category": lambda _, label, __: _recategorised(label, categories, generator),
        "shifted boundary": lambda text, label, others: _shifted(text, label, others, generator),
    }
    while len(planted) < n_errors:
        kind = kinds[len(planted) % len(kinds)]
        if kind == "spurious":
            i, new = _spurious(documents, taken, categories, generator)
            region: Span = new
        else:
            i, old = labels.pop()
            others = spoiled[i] - {old}
            changed = change[kind](documents[i].text, old, others)
            if changed == old:
                continue  # it has no room to move
            spoiled[i].remove(old)
            if changed is None:
                planted.append(Planted(documents[i].id, kind, Span(old.start, old.end)))
                continue
            new, region = changed, Span(min(old.start, changed.start), max(old.end, changed.end))
        spoiled[i].add(new)
        taken[i].append(region)
        planted.append(Planted(documents[i].id, kind, Span(region.start, region.end)))
    return [
        replace(document, labels=tuple(sorted(one))) for document, one in zip(documents, spoiled, strict=True)
    ], planted


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
