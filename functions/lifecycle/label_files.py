"""Labels in and out in the formats of other tools. Texts that a project has not become documents."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from functions.errors import StaleError
from functions.lifecycle.categories import edit_project, with_categories
from functions.lifecycle.changes import follow_categories
from functions.lifecycle.document_list import ListedDocument, read_listed
from functions.lifecycle.ingest import Source, ingest
from functions.lifecycle.labelling import category_gone, readable_text, undo_if_gone
from functions.lifecycle.rules import category_faults
from functions.lifecycle.text_index import TextIndex
from functions.services import Services
from functions.stores.changes import LabelDelta
from functions.stores.documents import StoredDocument, hash_of_text
from functions.stores.jobs import Job
from functions.stores.labels import Annotation, fits
from functions.stores.projects import Project
from model_tools.documents import Document, Split
from model_tools.errors import InvalidInputError, Problem
from model_tools.formats.interchange import ExportOptions, Imported, ImportOptions
from model_tools.formats.labels_file import Category, Dataset
from model_tools.formats.registry import FORMATS
from model_tools.formats.tag_schemes import TagScheme
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

_PARALLEL = 8
_MAX_REPORT = 1000
"""Entries of a report that are kept; the count is of all."""
_TOKEN_FORMAT = "conll"  # noqa: S105 - tokens of text
_DATASET: dict[Split | None, Dataset | None] = {"train": "Train", "dev": "Train", "test": "Test", None: None}
_SPLIT: dict[str | None, Split | None] = {"Train": "train", "Test": "test", None: None}


@dataclass(frozen=True, slots=True)
class _Placed:
    """An imported document, and where its labels go."""

    document: Document
    location: str
    labels: tuple[Label, ...]
    stored: StoredDocument | None
    """None: its text is to be uploaded."""


def read_label_file(services: Services, project: Project, request: dict[str, Any]) -> Imported:
    """What a file of labels says, before it meets the project.

    Raises:
        InvalidInputError: the file as a whole is not of the format.
    """
    unit, scheme = request["unit"], request["scheme"]
    options = ImportOptions(
        language=request["language"] or project.language,
        split=_SPLIT[request["dataset"]],
        unit=OffsetUnit[unit] if unit else None,
        text_column=request["textColumn"],
        label_column=request["labelColumn"],
        scheme=TagScheme(scheme) if scheme else None,
        accepted_spans=request["acceptedSpans"],
        text_of=lambda location: readable_text(services, project.name, location)[1],
    )
    return FORMATS[request["format"]].read(base64.b64decode(request["content"]), request["name"], options)


def import_labels(services: Services, job: Job) -> dict[str, Any]:
    """Puts the labels of a file on the documents with the same texts; texts that are not there become documents.

    Labels that a document has give way to those of the file, and stay in the history. Documents that the file does not
    have are left alone.

    Raises:
        InvalidInputError: nothing in the file can be used.
    """
    request = job.request
    project = services.projects.get(job.scope)
    imported = read_label_file(services, project, request)
    report = list(imported.report)
    if not imported.documents:
        raise InvalidInputError("Nothing could be taken from the file.", inner_code="NothingTaken", problems=report)
    usable, new_categories = _categories(project, imported, report, create=request["createCategories"])
    documents = services.documents.read_all(project.name)
    index = TextIndex(services, documents, ignore_blanks=request["format"] == _TOKEN_FORMAT)
    placed = [_placed(index, document, usable) for document in imported.documents]
    lost: list[tuple[str, Label]] = []
    if not request["preview"]:
        edit_project(services, project.name, lambda before: _declared(before, new_categories))
        with ThreadPoolExecutor(_PARALLEL) as pool:
            written = pool.map(lambda each: _write(services, project, each, by=request["by"]), placed)
            faults = [fault for fault in written if fault is not None]
        report += faults
        failed = {fault.target for fault in faults}
        placed = [each for each in placed if each.location not in failed]
        lost = follow_categories(services, project.name, map(_delta, placed), by=request["by"])
        report += [category_gone(name, name) for name in sorted({label.category for _, label in lost})]
    return {
        "preview": request["preview"],
        "documentsCount": len(placed),
        "uploadedCount": sum(each.stored is None for each in placed),
        "labelsCount": sum(len(each.labels) for each in placed) - len(lost),
        "newCategories": new_categories,
        "reportCount": len(report),
        "report": [[problem.code, problem.message, problem.target] for problem in report[:_MAX_REPORT]],
    }


def export_labels(services: Services, job: Job) -> dict[str, Any]:
    """Writes the labelled documents of a project, or all, in the format of another tool."""
    request = job.request
    project = services.projects.get(job.scope)
    listed = [
        each
        for each in read_listed(services, project.name)
        if each.document.content_hash and (each.annotation.is_labelled or request["unlabelled"])
    ]
    unit, scheme = request["unit"], request["scheme"]
    options = ExportOptions(
        unit=OffsetUnit[unit] if unit else None,
        scheme=TagScheme(scheme) if scheme else TagScheme.IOB2,
        project_name=project.name,
        container=project.container,
    )
    changed = {each.document.location for each in listed if _is_of_another_text(each)}
    with ThreadPoolExecutor(_PARALLEL) as pool:
        documents = list(
            pool.map(
                lambda each: _to_export(services, project, each.document),
                (each for each in listed if each.document.location not in changed),
            )
        )
    exported = FORMATS[request["format"]].write(documents, options)
    report = [*map(_left_out, sorted(changed)), *exported.report]
    return {
        "documentsCount": len(documents),
        "labelsCount": sum(len(document.labels) for document in documents),
        "reportCount": len(report),
        "report": [[problem.code, problem.message, problem.target] for problem in report[:_MAX_REPORT]],
        "content": exported.content.decode(),
    }


def report_of(result: dict[str, Any]) -> Iterator[Problem]:
    """The report that an import or export left in its result."""
    for code, message, target in result["report"]:
        yield Problem(code, message, target)


def _categories(
    project: Project, imported: Imported, report: list[Problem], *, create: bool
) -> tuple[set[str], list[str]]:
    """The categories that labels may have afterwards, and those among them that are new; others go to the report."""
    declared = [category.name for category in project.categories]
    used = dict.fromkeys(label.category for document in imported.documents for label in document.labels)
    new: list[str] = []
    for name in used:
        if name in declared:
            continue
        if not create:
            report.append(Problem("UndeclaredCategory", f"The project has no category '{name}'. Left out.", name))
        elif fault := next(category_faults([*declared, *new, name]), None):
            report.append(Problem(fault.code, f"{fault.message} Its labels are left out.", name))
        else:
            new.append(name)
    return {*declared, *new}, new


def _declared(project: Project, names: list[str]) -> Project:
    known = {category.name for category in project.categories}
    return with_categories(project, [*project.categories, *(Category(name) for name in names if name not in known)])


def _placed(index: TextIndex, document: Document, usable: set[str]) -> _Placed:
    found = index.find(document)
    stored, labels = found or (None, document.labels)
    location = stored.location if stored else index.new_location(document.id)
    return _Placed(document, location, tuple(label for label in labels if label.category in usable), stored)


def _write(services: Services, project: Project, placed: _Placed, *, by: str) -> Problem | None:
    """Uploads the text where it is new, and replaces the labels; gives what stood against it."""
    stored = placed.stored or _upload(services, project, placed)
    if stored is None:
        message = f"The text of '{placed.document.id}' cannot be kept exactly as it is. Left out."
        return Problem("TextNotKept", message, placed.location)
    annotation = Annotation(
        placed.location,
        placed.labels,
        stored.content_hash,
        language=placed.document.language if placed.document.language != project.language else None,
        done=True,
    )
    if not fits(annotation):
        message = f"'{placed.document.id}' has {len(placed.labels):,} labels, more than is kept for one document."
        return Problem("TooManyLabels", message, placed.location)
    while True:
        before = services.labels.get(project.name, placed.location)
        dataset = _DATASET[placed.document.split] or before.dataset
        try:
            services.labels.save(project.name, replace(annotation, dataset=dataset), etag=before.etag, by=by)
        except StaleError:
            continue
        if undo_if_gone(services, project.name, placed.location, by=by):
            message = f"'{placed.location}' was deleted during the import; its labels are left out."
            return Problem("DocumentDeleted", message, placed.location)
        return None


def _delta(placed: _Placed) -> LabelDelta:
    content_hash = placed.stored.content_hash if placed.stored else hash_of_text(placed.document.text)
    return LabelDelta(placed.location, content_hash, (), placed.labels)


def _upload(services: Services, project: Project, placed: _Placed) -> StoredDocument | None:
    content = placed.document.text.encode()
    services.blobs.put(project.container, project.folder + placed.location, content, "text/plain; charset=utf-8")
    stored = ingest(services, Source.of(project), placed.location)
    if stored is None or stored.content_hash != hash_of_text(placed.document.text):
        services.blobs.delete(project.container, project.folder + placed.location)
        services.documents.delete(project.name, placed.location)
        return None
    return stored


def _is_of_another_text(each: ListedDocument) -> bool:
    return bool(each.annotation.counts) and each.annotation.content_hash not in {None, each.document.content_hash}


def _left_out(location: str) -> Problem:
    message = f"The text of '{location}' changed after it was labelled; it is left out. Label it anew."
    return Problem("TextChanged", message, location)


def _to_export(services: Services, project: Project, document: StoredDocument) -> Document:
    assert document.content_hash is not None
    annotation = services.labels.get(project.name, document.location)
    return Document(
        document.location,
        services.documents.get_text(project.name, document.content_hash),
        annotation.labels,
        annotation.language or project.language,
        _SPLIT[annotation.dataset],
    )
