"""Azure's labels file as documents with their texts, which the file only names."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from model_tools.documents import Document, Split
from model_tools.errors import InvalidInputError, NerError, Problem
from model_tools.formats.azure import labelled_document, read_labels_file, write_labels_file
from model_tools.formats.collector import Collector
from model_tools.formats.file_text import read_text
from model_tools.formats.interchange import (
    EXPORT_DEFAULTS,
    IMPORT_DEFAULTS,
    Exported,
    ExportOptions,
    Imported,
    ImportOptions,
)
from model_tools.formats.labels_file import (
    MAX_CATEGORIES,
    Category,
    Dataset,
    LabelledDocument,
    LabelsFile,
    ProjectMetadata,
    RawLabel,
    category_name_fault,
)
from model_tools.formats.resolution import resolve_labels
from model_tools.formats.widening import widened
from model_tools.offsets import OffsetMap, OffsetUnit

_SPLIT_OF_DATASET: Mapping[Dataset, Split] = {"Train": "train", "Test": "test"}


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """The labelled documents whose texts `options.text_of` has.

    Raises:
        UnreadableDocumentError: the content is no text.
        InvalidInputError: no `text_of`, or the structure is at fault; `problems` names every fault.
    """
    if options.text_of is None:
        raise InvalidInputError(f"{name}: a labels file of Azure holds no texts. Name the folder with them (--texts).")
    collector = Collector(name, options)
    try:
        data = json.loads(read_text(content, collector))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{name}: not JSON: {error}.", target=name) from error
    labels_file = read_labels_file(data)
    language = labels_file.metadata.language if labels_file.metadata else None
    for document in labels_file.documents:
        where = f"{name} {document.path}"
        try:
            text = options.text_of(document.location)
        except NerError as error:
            collector.note("MissingText", f"{document.location!r}: {error.message} Left out.", where)
        else:
            _add(document, text, labels_file.unit, language, collector)
    _report_unused(labels_file, collector)
    return collector.imported()


def write(documents: Sequence[Document], options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """A labels file that names each document's text by its location: see `location_of`.

    Raises:
        InvalidInputError: two documents would share a location.
    """
    unit = options.unit or OffsetUnit.UTF16
    fitting = [widened(document, unit) for document in documents]
    documents = [document for document, _ in fitting]
    changed = [problem for _, problems in fitting for problem in problems]
    languages = [language for language, _ in Counter(document.language for document in documents).most_common()]
    categories = sorted({label.category for document in documents for label in document.labels})
    metadata = ProjectMetadata(options.project_name, options.container, (languages or ["en"])[0], len(languages) > 1)
    labels_file = LabelsFile(
        metadata,
        tuple(Category(name) for name in categories),
        tuple(replace(labelled_document(one, unit=unit), location=location_of(one)) for one in documents),
        unit,
    )
    _refuse_equal_locations(labels_file)
    content = json.dumps(write_labels_file(labels_file), ensure_ascii=False, indent=1) + "\n"
    return Exported(content.encode(), (*_inexpressible(documents, categories), *changed))


def location_of(document: Document) -> str:
    """The id, with `.txt` where it is not the name of a plain text file."""
    return document.id if document.id.lower().endswith((".txt", ".md")) else f"{document.id}.txt"


def _add(document: LabelledDocument, text: str, unit: OffsetUnit, language: str | None, collector: Collector) -> None:
    where = f"{collector.name} {document.path}"
    if not document.regions:
        message = (
            f"{document.location!r} has no region in `entities`, so nobody labelled it. Left out; "
            "a region without labels would say that there is nothing in it to find."
        )
        collector.note("Unlabelled", message, where)
        return
    resolved = resolve_labels(document, text, unit)
    for problem in (*resolved.problems, *resolved.warnings):
        collector.note(problem.code, problem.message, f"{collector.name} {problem.target}")
    labelled = sum(len(text) if region.length is None else region.length for region in document.regions)
    if labelled < OffsetMap(text, unit).size:
        message = f"Only {labelled:,} of the {unit.value}s of {document.location!r} are in a labelled region."
        collector.note("PartlyLabelled", message, where)
    collector.add(
        text,
        [RawLabel(label.category, label.start, label.end - label.start, where) for label in resolved.labels],
        where,
        properties={
            "id": document.location,
            "language": (document.language or language or collector.options.language).split("-")[0],
            "split": _SPLIT_OF_DATASET[document.dataset] if document.dataset else None,
        },
        unit=OffsetUnit.CODE_POINT,
    )


def _report_unused(labels_file: LabelsFile, collector: Collector) -> None:
    used = {label.category for document in labels_file.documents for label in document.labels}
    for i, category in enumerate(labels_file.categories):
        if category.name not in used:
            message = f"No text has a label of the category {category.name!r}; it is not taken over."
            collector.note("UnusedCategory", message, f"{collector.name} $.assets.entities[{i}]")


def _refuse_equal_locations(labels_file: LabelsFile) -> None:
    times = Counter(document.location for document in labels_file.documents)
    location, most = max(times.items(), key=lambda item: item[1], default=("", 0))
    if most > 1:
        raise InvalidInputError(f"Two documents would be called {location!r} in a labels file. Give them other ids.")


def _inexpressible(documents: Sequence[Document], categories: Sequence[str]) -> Iterator[Problem]:
    for name in categories:
        if fault := category_name_fault(name):
            yield Problem("InvalidCategoryName", f"{fault} The service will refuse the file.", name)
    if len(categories) > MAX_CATEGORIES:
        message = f"A project has at most {MAX_CATEGORIES} categories, not {len(categories)}."
        yield Problem("TooManyCategories", message)
    for document in documents:
        if document.split == "dev":
            yield Problem("SplitNotTakenOver", "The service knows no dev part; it was written as Train.", document.id)
