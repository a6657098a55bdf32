"""Gathers the documents of one file and a report of everything in it that was not taken over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from model_tools.documents import SPLITS, Document, Split
from model_tools.errors import Problem
from model_tools.formats.interchange import Imported, ImportOptions
from model_tools.formats.labels_file import RawLabel
from model_tools.formats.placement import count_fitting, is_text, place_labels
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

# A stretch without labels at the end of a document is reported when it is longer than both.
_TAIL_CHARACTERS = 4000  # two pages: forms with the names on top have a page of small print
_TAIL_GAPS = 3  # times the longest stretch before or between labels
_TAIL_LABELS = 5  # with fewer, the gaps between them tell nothing


class Collector:
    """One file's import. `name` stands for the file in messages, and its stem in the ids of documents without one."""

    def __init__(self, name: str, options: ImportOptions, unit: OffsetUnit = OffsetUnit.CODE_POINT) -> None:
        self.name = name
        self.options = options
        self.unit = options.unit or unit
        """What the offsets of the file count."""
        self._documents: dict[str, Document] = {}
        self._problems: list[Problem] = []
        self._ignored: dict[str, tuple[str, int]] = {}
        self._fitting: Counter[OffsetUnit] = Counter()

    def note(self, code: str, message: str, target: str) -> None:
        """Adds a problem to the report."""
        self._problems.append(Problem(code, message, target))

    def ignore(self, what: str, target: str) -> None:
        """Counts a kind of content that is never taken over; the report has one line for each kind."""
        first, times = self._ignored.get(what, (target, 0))
        self._ignored[what] = (first, times + 1)

    def raw_label(
        self, category: object, start: object, end: object, path: str, *, quoted: object = None
    ) -> RawLabel | None:
        """The label of values from JSON; None and a note where one is of another type. A boolean is no number."""
        if isinstance(category, str) and type(start) is int and type(end) is int:
            return RawLabel(category, start, end - start, path, quoted if isinstance(quoted, str) else None)
        self.note("InvalidLabel", "A label has a category (text), a start and an end (whole numbers). Left out.", path)
        return None

    def add(
        self,
        text: str,
        raw_labels: Sequence[RawLabel],
        target: str,
        *,
        properties: Mapping[str, Any] | None = None,
        unit: OffsetUnit | None = None,
    ) -> None:
        """Adds a document; `id`, `language` and `split` come from `properties` where they are there.

        `unit` is for a file in which it differs from document to document.
        """
        if not is_text(text):
            self.note("InvalidText", "The text has half of a surrogate pair, which is no character. Left out.", target)
            return
        properties = properties or {}
        labels, problems = place_labels(raw_labels, text, unit or self.unit)
        self._problems += problems
        if unit is None and not text.isascii():
            self._fitting.update({other: count_fitting(raw_labels, text, other) for other in OffsetUnit})
        self._check_tail(text, labels, target)
        document_id = self._unique_id(properties.get("id"), target)
        language = properties.get("language")
        self._documents[document_id] = Document(
            document_id,
            text,
            labels,
            language if isinstance(language, str) and language else self.options.language,
            self._split(properties.get("split"), target),
        )

    def imported(self) -> Imported:
        """The end of the import."""
        self._check_unit()
        ignored = [
            Problem("NotTakenOver", f"{what} has no place in a document (found {times:,} times).", first)
            for what, (first, times) in self._ignored.items()
        ]
        return Imported(tuple(self._documents.values()), (*self._problems, *ignored))

    def _unique_id(self, given: object, target: str) -> str:
        is_given = isinstance(given, str | int) and not isinstance(given, bool) and given != "" and is_text(str(given))
        wanted = str(given) if is_given else f"{PurePath(self.name).stem}-{len(self._documents) + 1:05}"
        found, n = wanted, 1
        while found in self._documents:
            n += 1
            found = f"{wanted}-{n}"
        if is_given and found != wanted:
            self.note("DuplicateId", f"The id {wanted!r} is taken; the document is called {found!r}.", target)
        return found

    def _split(self, given: object, target: str) -> Split | None:
        if given is None:
            return self.options.split
        if given in SPLITS:
            return given
        self.note("InvalidSplit", f"`split` is one of {', '.join(SPLITS)}, not {given!r}.", target)
        return self.options.split

    def _check_tail(self, text: str, labels: Sequence[Label], target: str) -> None:
        """Reports a long end without labels: somebody stopped there, and what follows is not free of entities."""
        if len(labels) < _TAIL_LABELS:
            return
        gaps = [labels[0].start, *(b.start - a.end for a, b in pairwise(labels))]
        tail = len(text) - labels[-1].end
        if tail > max(_TAIL_CHARACTERS, _TAIL_GAPS * max(gaps)):
            self.note(
                "UnlabelledTail",
                f"The last label ends at {labels[-1].end:,} of {len(text):,} characters, and no other stretch without "
                "labels is nearly as long. If nobody labelled the rest, cut the text there.",
                target,
            )

    def _check_unit(self) -> None:
        unit, times = max(self._fitting.items(), key=lambda item: item[1], default=(self.unit, 0))
        if times > self._fitting[self.unit]:
            self.note(
                "UnitDoubtful",
                f"Offsets were read as {self.unit.value}s. Counted in {unit.value}s, "
                f"{times - self._fitting[self.unit]} more labels would begin and end with words: choose the unit.",
                self.name,
            )
