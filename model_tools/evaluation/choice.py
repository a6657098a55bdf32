"""Which documents a model is scored on, and whether it has seen them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from model_tools.artifact import Split
from model_tools.documents import SPLITS, Document
from model_tools.documents import Split as Part
from model_tools.errors import InvalidInputError
from model_tools.evaluation.report import Advice

Choice = Part | Literal["all"]
CHOICES = (*SPLITS, "all")
_BY_FLATTERY: tuple[Part, ...] = ("test", "dev", "train")


def with_parts(documents: Sequence[Document], stored: Sequence[Split]) -> list[Document]:
    """The documents, of which those without a split get the one that the models used them for, if they know them."""
    parts = _parts(stored)
    return [replace(one, split=one.split or parts.get(one.id)) for one in documents]


def of_split(documents: Sequence[Document], choice: Choice) -> list[Document]:
    """The documents of a split.

    Raises:
        InvalidInputError: there are none.
    """
    chosen = [document for document in documents if choice in ("all", document.split)]
    if not documents:
        raise InvalidInputError("There are no documents.", inner_code="NoDocuments")
    if not chosen:
        counts = Counter(document.split or "none" for document in documents)
        there = ", ".join(f"{name} {n:,}" for name, n in counts.items())
        raise InvalidInputError(f"No document is of the split {choice!r}; there are: {there}. See --split.")
    return chosen


def seen_in_training(documents: Sequence[Document], stored: Sequence[Split]) -> list[Advice]:
    """A warning if a model has learnt from documents that it is scored on, or was stopped or calibrated by them."""
    parts = _parts(stored)
    seen = [document.id for document in documents if parts.get(document.id) in ("train", "dev")]
    if not seen:
        return []
    message = (
        f"{len(seen):,} of {len(documents):,} evaluated documents were used in training, by their ids; on them a model "
        "scores better than on documents that it has not seen."
    )
    return [Advice("EvaluatedOnTraining", message, (), tuple(seen))]


def _parts(stored: Sequence[Split]) -> dict[str, Part]:
    """What each id was used for; if the models disagree, the use that flatters the most."""
    parts: dict[str, Part] = {}
    for part in _BY_FLATTERY:
        for split in stored:
            parts |= dict.fromkeys(getattr(split, part), part)
    return parts
