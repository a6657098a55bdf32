"""Writing on annotations: what a person changes, and what the service changes on a person's behalf."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from functions.errors import StaleError
from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.labels import Annotation
from model_tools.errors import ConflictError, Problem
from model_tools.spans import AnySpan, Label, Span

MAX_LABEL_LENGTH = 500
"""Code points of one label; the real service takes no longer ones."""

_NAMED = 20
"""Categories that a message names; it may be one of a thousand in a reply."""


class TextChangedError(ConflictError):
    """Offsets count in a text that the document does not have any more."""

    def __init__(self, location: str) -> None:
        super().__init__(
            f"The text of '{location}' is another than the one that these labels were made on. Read it again and place "
            "them anew.",
            inner_code="TextChanged",
            target="contentHash",
        )


def readable_text(services: Services, project: str, location: str) -> tuple[StoredDocument, str]:
    """A document and its text.

    Raises:
        NotFoundError: there is no such document.
        ConflictError: its file cannot be read, so that there is nothing to label.
    """
    document = services.documents.get(project, location)
    if document.status is DocumentStatus.FAILED or document.content_hash is None:
        reason = document.failure.message if document.failure else ""
        raise ConflictError(f"'{document.location}' has no text to label. {reason}", inner_code="DocumentUnreadable")
    return document, services.documents.get_text(project, document.content_hash)


def is_of_another_text(annotation: Annotation, document: StoredDocument) -> bool:
    """Whether there are labels, and they were made on another text than the document's present one."""
    return bool(annotation.labels) and annotation.content_hash not in {None, document.content_hash}


def undeclared(category: str, declared: set[str], target: str) -> Problem:
    """The problem of a label whose category the project does not have, perhaps not any more."""
    known = sorted(declared)
    others = f" and {len(known) - _NAMED} others" if len(known) > _NAMED else ""
    message = (
        f"The project has no category '{category}'. It has: {', '.join(known[:_NAMED]) or 'none'}{others}. "
        "Declare categories with PATCH on the project, with POST on its entities, or with an import."
    )
    return Problem("UndeclaredCategory", message, target)


def category_gone(category: str, target: str) -> Problem:
    """The problem of labels whose category somebody removed while they were imported."""
    message = f"The category '{category}' was removed during the import; its labels are left out."
    return Problem("UndeclaredCategory", message, target)


def too_long(labels: Mapping[str, Label], known: Sequence[Label]) -> Iterator[Problem]:
    """The problems of labels, by their paths, that are too long; a `known` one, which is stored already, may be."""
    for path, label in labels.items():
        length = label.end - label.start
        if length > MAX_LABEL_LENGTH and label not in known:
            yield Problem("LabelTooLong", f"The label has {length:,} characters; {MAX_LABEL_LENGTH} are allowed.", path)


def where_free(candidates: Iterable[AnySpan], taken: Iterable[Span]) -> list[AnySpan]:
    """The candidates that overlap neither what is taken nor an earlier candidate."""
    occupied: list[Span] = sorted(taken, key=_start)
    free = []
    for candidate in candidates:
        position = bisect_left(occupied, candidate.start, key=_start)
        if not any(candidate.overlaps(neighbour) for neighbour in occupied[max(position - 1, 0) : position + 1]):
            occupied.insert(position, candidate)
            free.append(candidate)
    return free


def change_annotation(
    services: Services, project: str, location: str, change: Callable[[Annotation], Annotation], *, by: str
) -> Annotation:
    """Applies `change` to whatever the annotation is at that moment, again where somebody else was faster."""
    while True:
        before = services.labels.get(project, location)
        after = change(before)
        if after == before:
            return before
        try:
            return services.labels.save(project, after, etag=before.etag, by=by)
        except StaleError:
            continue


def undo_if_gone(services: Services, project: str, location: str, *, by: str) -> bool:
    """Removes labels just written if their document was deleted meanwhile; returns whether it was.

    A deletion removes the document first and its labels afterwards: labels written between the two would stay behind,
    and come back with the next document of that name.
    """
    if services.documents.find(project, location) is not None:
        return False
    services.labels.clear(project, location, by=by)
    return True


def _start(span: Span) -> int:
    return span.start
