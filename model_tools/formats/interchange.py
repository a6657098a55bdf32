"""What every format's reader gives and takes, and every writer: documents, a report, options."""

from collections.abc import Callable
from dataclasses import dataclass

from model_tools.documents import Document, Split
from model_tools.errors import Problem
from model_tools.formats.tag_schemes import TagScheme
from model_tools.offsets import OffsetUnit


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken from a file, and everything that was not."""

    documents: tuple[Document, ...]
    """In the order of the file; ids are unique, labels sorted and without overlap."""
    report: tuple[Problem, ...] = ()
    """`Problem.target` is a file and line, `data.jsonl:12 $.spans[0]`, or a file and JSON path, `data.json $[3]`."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's content, and what of the documents it cannot say."""

    content: bytes
    report: tuple[Problem, ...] = ()
    """`Problem.target` is a document's id."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a file does not say by itself. A reader leaves alone what does not concern its format."""

    language: str = "en"
    """Of documents that name none."""
    split: Split | None = None
    """Of documents that name none."""
    unit: OffsetUnit | None = None
    """What offsets count; None: what the tool that writes the format counts."""
    text_column: str | None = None
    """doccano, Label Studio: the property that holds the text."""
    label_column: str | None = None
    """doccano: the property that holds the labels."""
    scheme: TagScheme | None = None
    """CoNLL: None to tell by the tags."""
    accepted_spans: bool = False
    """Prodigy: take the accepted spans of yes/no decisions, although nobody looked for the other entities."""
    text_of: Callable[[str], str] | None = None
    """Azure, whose labels files hold no texts: location -> text.

    Raises NerError where there is none.
    """


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Choices that a format leaves open. A writer leaves alone what does not concern its format."""

    unit: OffsetUnit | None = None
    """Azure and doccano: what offsets count; None: what the tool itself writes."""
    scheme: TagScheme = TagScheme.IOB2
    """CoNLL."""
    project_name: str = "nerine"
    """Azure: the project that an import creates."""
    container: str = "nerine"
    """Azure: the storage container with the texts."""


IMPORT_DEFAULTS = ImportOptions()
EXPORT_DEFAULTS = ExportOptions()
