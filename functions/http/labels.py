"""Labels of a document: read, replaced and changed under their version; extensions of the contract, in its manners."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from msgspec import UNSET, UnsetType

from functions.errors import PreconditionRequiredError, StaleError
from functions.http import label_schemas as schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.schemas import DatasetName, StringIndexType
from functions.http.wire import INDEX_TYPE, UNITS, date, index_type
from functions.lifecycle import labelling
from functions.lifecycle.languages import is_known_language
from functions.stores.documents import StoredDocument
from functions.stores.labels import Annotation, stale
from functions.stores.projects import Project
from model_tools.errors import InvalidInputError, NerError, NotFoundError, Problem
from model_tools.offsets import OffsetMap
from model_tools.spans import Label, label_problems


def get_labels(call: Call) -> Reply:
    """The labels of a document, and their version."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = labelling.readable_text(call.services, project.name, call.path["location"])
    annotation = call.services.labels.get(project.name, document.location)
    return labels_reply(annotation, document, text, index_type(call))


def put_labels(call: Call) -> Reply:
    """Replaces the labels of a document, on the version that `If-Match` names."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = labelling.readable_text(call.services, project.name, call.path["location"])
    given = call.body(schemas.LabelsInput)
    _check_text(given, document)
    before = version_to_change(call, document, text, given.string_index_type)
    labels, found = _placed(given.labels, "$.labels", text, given.string_index_type, _declared(project))
    _check(found, labels, text, known=before.labels)
    annotation = _described(replace(before, labels=tuple(sorted(labels.values())), done=given.done), given)
    return save_labels(call, annotation, document, text, given.string_index_type)


def patch_labels(call: Call) -> Reply:
    """Adds and removes labels of a document, on the version that `If-Match` names."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = labelling.readable_text(call.services, project.name, call.path["location"])
    given = call.body(schemas.LabelsChanges)
    _check_text(given, document)
    before = version_to_change(call, document, text, given.string_index_type)
    if labelling.is_of_another_text(before, document):
        raise labelling.TextChangedError(document.location)
    named, found = _placed(given.remove, "$.remove", text, given.string_index_type)
    removed = _stored(named, before.labels, text, given.string_index_type)
    added, wrong = _placed(given.add, "$.add", text, given.string_index_type, _declared(project))
    found += wrong
    found += [
        Problem("LabelNotFound", f"There is no label {label.category} at this place.", path)
        for path, label in removed.items()
        if label not in before.labels
    ]
    gone = set(removed.values())
    kept = [label for label in before.labels if label not in gone]
    _check(found, added, text, known=before.labels, kept=kept)
    annotation = replace(before, labels=tuple(sorted([*kept, *added.values()])))
    if given.done is not UNSET:
        annotation = replace(annotation, done=given.done)
    return save_labels(call, _described(annotation, given), document, text, given.string_index_type)


def version_to_change(call: Call, document: StoredDocument, text: str, unit: StringIndexType) -> Annotation:
    """The annotation, which is of the version that `If-Match` names.

    Raises:
        PreconditionRequiredError: the call names none.
        StaleError: it names another; carries the current labels.
    """
    etag = call.headers.get("if-match")
    if not etag:
        raise PreconditionRequiredError(
            "Name the version that these labels are based on: If-Match with the ETag of GET.", target="If-Match"
        )
    current = call.services.labels.get(document.project, document.location)
    if etag != current.etag:
        raise _stale(current, document, text, unit)
    return current


def save_labels(
    call: Call, annotation: Annotation, document: StoredDocument, text: str, unit: StringIndexType
) -> Reply:
    """Writes the annotation over the version that it was made from, and answers with it.

    Raises:
        StaleError: somebody else was faster; carries the current labels.
        NotFoundError: the document was deleted meanwhile.
    """
    annotation = replace(annotation, content_hash=document.content_hash)
    try:
        saved = call.services.labels.save(document.project, annotation, etag=annotation.etag, by=call.caller.name)
    except StaleError as error:
        raise _stale(error.current, document, text, unit) from error
    if labelling.undo_if_gone(call.services, document.project, document.location, by=call.caller.name):
        raise NotFoundError(f"'{document.location}' was deleted at the moment it was labelled.", target="location")
    return labels_reply(saved, document, text, unit)


def labels_reply(annotation: Annotation, document: StoredDocument, text: str, unit: StringIndexType) -> Reply:
    """The labels and their version."""
    body = schemas.LabelsOutput(
        location=annotation.location,
        string_index_type=unit,
        labels=wire_labels(annotation.labels, text, unit),
        etag=annotation.etag,
        done=annotation.done,
        text_changed=labelling.is_of_another_text(annotation, document) or UNSET,
        dataset=annotation.dataset or UNSET,
        language=annotation.language or UNSET,
        content_hash=annotation.content_hash or UNSET,
        last_modified_date_time=date(annotation.modified) if annotation.modified else UNSET,
        last_modified_by=annotation.modified_by or UNSET,
    )
    return Reply(body, headers={"etag": annotation.etag})


def wire_labels(labels: tuple[Label, ...], text: str, unit: StringIndexType) -> list[schemas.WireLabel]:
    """Labels in the unit; those of a longer text that are outside this one are left out.

    One that begins or ends within a text element, since it was placed by code points or on another text, is shown as
    the elements that it touches: there is no number for its place, and the others have to be seen.
    """
    offsets = OffsetMap(text, UNITS[unit])
    return [
        schemas.WireLabel(category=label.category, offset=offset, length=length)
        for label in labels
        if label.end <= len(text)
        for offset, length in [offsets.from_span(offsets.widen(label))]
    ]


def _stored(named: dict[str, Label], labels: Sequence[Label], text: str, unit: StringIndexType) -> dict[str, Label]:
    """The stored labels that are meant by those that `wire_labels` shows; what is none of them stays as it is named."""
    offsets = OffsetMap(text, UNITS[unit])
    shown = {}
    for label in labels:
        if label.end > len(text):
            continue  # made elsewhere, without a word about which text
        span = offsets.widen(label)
        shown[Label(span.start, span.end, label.category)] = label
    return {path: shown.get(label, label) for path, label in named.items()}


def _stale(current: Annotation, document: StoredDocument, text: str, unit: StringIndexType) -> StaleError:
    error = stale(current)
    return StaleError(error.message, current=labels_reply(current, document, text, unit).value)


def _check_text(given: schemas.LabelsInput | schemas.LabelsChanges, document: StoredDocument) -> None:
    if given.content_hash is not UNSET and given.content_hash != document.content_hash:
        raise labelling.TextChangedError(document.location)


def _declared(project: Project) -> set[str]:
    return {category.name for category in project.categories}


def _placed(
    given: list[schemas.WireLabel], path: str, text: str, unit: StringIndexType, declared: set[str] | None = None
) -> tuple[dict[str, Label], list[Problem]]:
    """Labels in code points by their JSON path, and what is wrong with each; None declared: any category is right."""
    offsets = OffsetMap(text, UNITS[unit])
    found: list[Problem] = []
    placed: dict[str, Label] = {}
    for i, label in enumerate(given):
        if declared is not None and label.category not in declared:
            found.append(labelling.undeclared(label.category, declared, f"{path}[{i}].category"))
        try:
            span = offsets.to_span(label.offset, label.length)
        except NerError as error:
            found.append(Problem(error.inner_code or error.code, error.message, f"{path}[{i}]"))
        else:
            placed[f"{path}[{i}]"] = Label(span.start, span.end, label.category)
    return placed, found


def _check(
    found: list[Problem],
    given: Mapping[str, Label],
    text: str,
    *,
    known: Sequence[Label],
    kept: Sequence[Label] = (),
) -> None:
    """Refuses labels that do not fit the text, each other or those that are `kept`.

    Raises:
        InvalidInputError: carries every fault with its JSON path, those of `found` first.
    """
    found = [*found, *labelling.too_long(given, known), *_overlaps(given, kept, len(text))]
    if found:
        raise InvalidInputError(
            f"{found[0].message}" + (f" (The first of {len(found)} problems.)" if len(found) > 1 else ""),
            inner_code=found[0].code,
            target=found[0].target,
            problems=found,
        )


def _overlaps(given: Mapping[str, Label], kept: Sequence[Label], text_length: int) -> Iterator[Problem]:
    """Targets are the paths of given labels, whichever of two comes first in the text."""
    everything = [*kept, *given.values()]
    paths = [None] * len(kept) + list(given)
    earlier = {later: each for each, later in pairwise(sorted(range(len(everything)), key=everything.__getitem__))}
    for problem in label_problems(everything, text_length):
        later = int((problem.target or "")[1:-1])
        yield replace(problem, target=paths[later] or paths[earlier.get(later, later)])


def _described(annotation: Annotation, given: schemas.LabelsInput | schemas.LabelsChanges) -> Annotation:
    """With the data set and the language that are given.

    Raises:
        InvalidInputError: no known language.
    """
    dataset: DatasetName | UnsetType | None = given.dataset
    annotation = replace(
        annotation,
        dataset=annotation.dataset if dataset is UNSET else dataset,
        language=annotation.language if given.language is UNSET else given.language,
    )
    if annotation.language and not is_known_language(annotation.language):
        raise InvalidInputError(
            f"'{annotation.language[:40]}' is no known language.",
            inner_code="UnsupportedLanguageCode",
            target="$.language",
        )
    return annotation


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


_LABELS = f"{PROJECT}/labels/{{location:path}}"

IF_MATCH = Query(
    "If-Match",
    'The version that the labels are based on: the ETag of GET, which is W/"unlabelled" at first.',
    required=True,
    place="header",
)

OPERATIONS = (
    _operation(
        "getLabels",
        "GET",
        _LABELS,
        "Get the labels of a document; the ETag names their version.",
        get_labels,
        reply=schemas.LabelsOutput,
        queries=(INDEX_TYPE,),
    ),
    _operation(
        "putLabels",
        "PUT",
        _LABELS,
        "Replace the labels of a document. `If-Match` is required; 412 carries the current labels.",
        put_labels,
        queries=(IF_MATCH,),
        body=schemas.LabelsInput,
        reply=schemas.LabelsOutput,
    ),
    _operation(
        "patchLabels",
        "PATCH",
        _LABELS,
        "Add and remove labels of a document. `If-Match` is required; 412 carries the current labels.",
        patch_labels,
        queries=(IF_MATCH,),
        body=schemas.LabelsChanges,
        reply=schemas.LabelsOutput,
    ),
)
