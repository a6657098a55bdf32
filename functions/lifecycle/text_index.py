"""Which document of a project a text from somewhere else is."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import PurePosixPath

import regex

from functions.lifecycle.rules import MAX_LOCATION, location_fault
from functions.services import Services
from functions.stores.documents import StoredDocument, hash_of_text
from model_tools.documents import Document
from model_tools.spans import Label

_UNWRITTEN = regex.compile(r"[\s\p{Cc}\p{Cs}\uFEFF]+")
"""What token files do not keep."""
_UNUSABLE = regex.compile(r"[\p{Cc}\p{Cs}\\:]|\.$")
_PARALLEL = 8


class TextIndex:
    """The documents of a project by location and by text; each of them is given once."""

    def __init__(self, services: Services, documents: Iterable[StoredDocument], *, ignore_blanks: bool) -> None:
        self._services = services
        self._by_location = {document.location: document for document in documents}
        self._by_hash: dict[str, list[str]] = {}
        self._by_characters: dict[str, list[str]] = {}
        self._given: set[str] = set()
        readable = [document for document in self._by_location.values() if document.content_hash]
        for document in readable:
            self._by_hash.setdefault(document.content_hash or "", []).append(document.location)
        if ignore_blanks:
            with ThreadPoolExecutor(_PARALLEL) as pool:
                for document, characters in zip(readable, pool.map(self._characters_of, readable), strict=True):
                    self._by_characters.setdefault(characters, []).append(document.location)

    def find(self, document: Document) -> tuple[StoredDocument, tuple[Label, ...]] | None:
        """The stored document of the same text, of the same name before others, and the labels on that text.

        Where blanks are ignored, one that differs in white space is found too, and the labels move accordingly.
        """
        content_hash = hash_of_text(document.text)
        named = [
            location
            for location in (document.id, f"{document.id}.txt")
            if location in self._by_location and self._by_location[location].content_hash == content_hash
        ]
        for location in [*named, *self._by_hash.get(content_hash, ())]:
            if self._take(location):
                return self._by_location[location], document.labels
        for location in self._by_characters.get(_characters(document.text), ()):
            if self._take(location):
                stored = self._by_location[location]
                return stored, _moved(document, self._text_of(stored))
        return None

    def new_location(self, document_id: str) -> str:
        """A location that no document has, and that looks like the id."""
        stem = _UNUSABLE.sub("_", str(PurePosixPath(document_id)).strip("/")).removesuffix(".txt")[: MAX_LOCATION - 20]
        stem = stem if location_fault(f"{stem}.txt") is None else "document"
        location, n = f"{stem}.txt", 1
        while location in self._by_location or not self._take(location):
            n += 1
            location = f"{stem}-{n}.txt"
        return location

    def _take(self, location: str) -> bool:
        """Whether nobody was given it yet."""
        if location in self._given:
            return False
        self._given.add(location)
        return True

    def _characters_of(self, document: StoredDocument) -> str:
        return _characters(self._text_of(document))

    def _text_of(self, document: StoredDocument) -> str:
        assert document.content_hash is not None
        return self._services.documents.get_text(document.project, document.content_hash)


def _characters(text: str) -> str:
    """A hash of the text without what token files do not keep."""
    return hash_of_text(_UNWRITTEN.sub("", text))


def _moved(document: Document, text: str) -> tuple[Label, ...]:
    """Labels of the document on a text that has the same characters but other white space between them."""
    before, after = _places(document.text), _places(text)
    rank = {place: i for i, place in enumerate(before)}
    moved = []
    for label in document.labels:
        covered = [rank[place] for place in range(label.start, label.end) if place in rank]
        if covered:
            moved.append(replace(label, start=after[covered[0]], end=after[covered[-1]] + 1))
    return tuple(moved)


def _places(text: str) -> list[int]:
    """Where the characters are that token files keep."""
    unwritten = {i for match in _UNWRITTEN.finditer(text) for i in range(match.start(), match.end())}
    return [i for i in range(len(text)) if i not in unwritten]
