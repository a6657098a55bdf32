"""Labels that a unit of offsets has no numbers for, made fit for a file that counts in it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from model_tools.documents import Document
from model_tools.errors import Problem
from model_tools.offsets import OffsetMap, OffsetUnit

if TYPE_CHECKING:
    from model_tools.spans import Label


def widened(document: Document, unit: OffsetUnit) -> tuple[Document, list[Problem]]:
    """The document with labels of whole units, and what was changed for that.

    As in answers, a label that ends inside a text element gets all of it; of two that meet inside one, the later is
    left out, since labels do not overlap.

    Raises:
        InvalidInputError: a label lies outside the text.
    """
    offsets = OffsetMap(document.text, unit)
    kept: list[Label] = []
    problems: list[Problem] = []
    end = 0
    for label in sorted(document.labels):
        span = offsets.widen(label)
        whole = replace(label, start=span.start, end=span.end)
        quoted = repr(label.text_of(document.text))
        if kept and whole.start < kept[-1].end and label.start >= end:
            message = f"{quoted} meets another label inside a {unit.value}; left out."
            problems.append(Problem("LabelsCollide", message, document.id))
            continue
        if whole != label:
            message = f"{quoted} begins or ends inside a {unit.value}; widened to whole ones."
            problems.append(Problem("LabelWidened", message, document.id))
        kept.append(whole)
        end = label.end
    return replace(document, labels=tuple(kept)), problems
