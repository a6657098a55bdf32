"""The verb `convert`: one format into another, with a report of everything that was not taken over."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from model_tools.documents import SPLITS, Document
from model_tools.errors import InvalidInputError, NotFoundError, Problem
from model_tools.extract.extractor import extract
from model_tools.formats.azure_documents import location_of
from model_tools.formats.interchange import ExportOptions, ImportOptions
from model_tools.formats.registry import FORMATS
from model_tools.formats.tag_schemes import TagScheme
from model_tools.offsets import OffsetUnit

_UNITS = {"code-point": OffsetUnit.CODE_POINT, "utf16": OffsetUnit.UTF16, "text-element": OffsetUnit.TEXT_ELEMENT}
_AZURE = "azure"
_PLACES_SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb; `run` takes what they give."""
    formats = "; ".join(f"{name}: {one.description}" for name, one in FORMATS.items())
    parser.description = f"Formats: {formats}."
    parser.add_argument("source", type=Path, metavar="IN")
    parser.add_argument("target", type=Path, metavar="OUT")
    parser.add_argument("--from", dest="from_format", choices=FORMATS, required=True)
    parser.add_argument("--to", dest="to_format", choices=FORMATS, required=True)
    parser.add_argument("--texts", type=Path, metavar="DIR", help="azure: the folder of the texts, read or written")
    parser.add_argument("--language", default="en", help="of documents that name none")
    parser.add_argument("--split", choices=SPLITS, help="of documents that name none")
    parser.add_argument("--unit", choices=_UNITS, help="what IN's offsets count; default: what its tool counts")
    parser.add_argument("--to-unit", choices=_UNITS, help="azure, doccano: what OUT's offsets count")
    parser.add_argument("--text-column", metavar="NAME", help="doccano, label-studio: the property with the text")
    parser.add_argument("--label-column", metavar="NAME", help="doccano: the property with the labels")
    schemes = [scheme.value for scheme in TagScheme]
    parser.add_argument("--scheme", choices=schemes, help="conll: of IN; default: told by its tags")
    parser.add_argument("--to-scheme", choices=schemes, default=TagScheme.IOB2.value, help="conll: of OUT")
    parser.add_argument("--accepted-spans", action="store_true", help="prodigy: take yes/no decisions")
    parser.add_argument("--project", default="nerine", metavar="NAME", help="azure: the project that OUT creates")
    parser.add_argument("--container", default="nerine", metavar="NAME", help="azure: the container of its texts")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    """Converts and prints what was taken and what was not.

    Raises:
        InvalidInputError: not of the format, or nothing could be taken.
    """
    imported = FORMATS[options.from_format].read(
        options.source.read_bytes(), options.source.name, _import_options(options)
    )
    if not imported.documents:
        raise _nothing_taken(options.source.name, imported.report)
    exported = FORMATS[options.to_format].write(imported.documents, _export_options(options))
    report = [*imported.report, *exported.report]
    if options.to_format == _AZURE and options.from_format != _AZURE:
        report += _write_texts(imported.documents, options.texts)
    _write_whole(options.target, exported.content)
    summary = _json_summary if options.json else _table
    sys.stdout.writelines(summary(imported.documents, report))


def _import_options(options: argparse.Namespace) -> ImportOptions:
    folder = options.texts
    return ImportOptions(
        language=options.language,
        split=options.split,
        unit=_UNITS.get(options.unit),
        text_column=options.text_column,
        label_column=options.label_column,
        scheme=TagScheme(options.scheme) if options.scheme else None,
        accepted_spans=options.accepted_spans,
        text_of=None if folder is None else lambda location: _text_of(folder, location),
    )


def _export_options(options: argparse.Namespace) -> ExportOptions:
    return ExportOptions(
        unit=_UNITS.get(options.to_unit),
        scheme=TagScheme(options.to_scheme),
        project_name=options.project,
        container=options.container,
    )


def _text_of(folder: Path, location: str) -> str:
    try:
        content = _inside(folder, location).read_bytes()
    except OSError as error:
        raise NotFoundError(f"{folder / location}: {error.strerror}.") from error
    return extract(content, location).text


def _inside(folder: Path, location: str) -> Path:
    """The path of a location, which comes from a file and must not lead out of the folder."""
    path = (folder / location).resolve()
    if "\0" in location or not path.is_relative_to(folder.resolve()):
        raise InvalidInputError(f"{location!r} leads out of the folder {folder}.")
    return path


def _write_texts(documents: Sequence[Document], folder: Path | None) -> list[Problem]:
    """The texts beside the labels file; a file that is there is never changed.

    Raises:
        InvalidInputError: a location leads out of the folder, or is taken by another text.
    """
    if folder is None:
        return [Problem("TextsNotWritten", "A labels file holds no texts. Name a folder for them: --texts DIR.")]
    texts = {_inside(folder, location_of(document)): document.text.encode() for document in documents}
    for path, content in texts.items():
        if path.exists() and path.read_bytes() != content:
            raise InvalidInputError(f"{path.name} is in {folder} with another content. Choose another folder.")
    for path, content in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)
    return []


def _write_whole(path: Path, content: bytes) -> None:
    """The whole content or nothing: an interrupted run leaves no half of a file under the name."""
    path = path.resolve()  # a link stays one
    if path.exists() and not path.is_file():  # a pipe or a device is written to, never replaced
        path.write_bytes(content)
        return
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)  # noqa: PTH105 -- as Path.replace, and both names stand in one line
    finally:
        draft.unlink(missing_ok=True)


def _nothing_taken(name: str, report: Sequence[Problem]) -> InvalidInputError:
    reasons = ", ".join(f"{times} {code}" for code, times in Counter(one.code for one in report).most_common())
    first = f" ({reasons}). {report[0].target}: {report[0].message}" if report else ": the file is empty."
    return InvalidInputError(
        f"Nothing could be taken from {name}{first}", inner_code="NothingTaken", target=name, problems=report
    )


def _categories(documents: Sequence[Document]) -> Counter[str]:
    return Counter(label.category for document in documents for label in document.labels)


def _json_summary(documents: Sequence[Document], report: Sequence[Problem]) -> Iterator[str]:
    categories = _categories(documents)
    summary = {
        "n_documents": len(documents),
        "n_labels": categories.total(),
        "categories": dict(categories.most_common()),
        "report": report,
    }
    yield msgspec.json.encode(summary).decode() + "\n"


def _table(documents: Sequence[Document], report: Sequence[Problem]) -> Iterator[str]:
    categories = _categories(documents)
    yield f"{len(documents):,} documents, {categories.total():,} labels"
    yield f" ({', '.join(f'{name} {times:,}' for name, times in categories.most_common())})\n" if categories else "\n"
    by_code: dict[str, list[Problem]] = {}
    for problem in report:
        by_code.setdefault(problem.code, []).append(problem)
    for code, problems in by_code.items():
        yield f"{code:<20} {len(problems):>6,}  {problems[0].message}\n"
        places = [problem.target for problem in problems[:_PLACES_SHOWN] if problem.target]
        if places:
            more = f", and {len(problems) - len(places):,} more" if len(problems) > len(places) else ""
            yield f"{'':<29}{', '.join(places)}{more}\n"
