"""The formats by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from model_tools.documents import Document
from model_tools.formats import azure_documents, conll, doccano, jsonl, label_studio, prodigy, spacy
from model_tools.formats.interchange import Exported, ExportOptions, Imported, ImportOptions


class Read(Protocol):
    """A format's reader: takes what it can and reports the rest; `name` stands for the file in the report.

    Raises:
        InvalidInputError: the file as a whole is not of the format.
    """

    def __call__(self, content: bytes, name: str, options: ImportOptions = ..., /) -> Imported: ...  # noqa: D102


class Write(Protocol):
    """A format's writer: its own reader gives the same spans back."""

    def __call__(self, documents: Sequence[Document], options: ExportOptions = ..., /) -> Exported: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Format:
    """A way in and a way out."""

    read: Read
    write: Write
    description: str


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "azure": Format(azure_documents.read, azure_documents.write, "labels file of Azure AI Language, texts apart"),
        "conll": Format(conll.read, conll.write, "a token and its tag a line"),
        "doccano": Format(doccano.read, doccano.write, "doccano's sequence labelling, JSONL"),
        "jsonl": Format(jsonl.read, jsonl.write, "this tool's own data files"),
        "label-studio": Format(label_studio.read, label_studio.write, "Label Studio, JSON"),
        "prodigy": Format(prodigy.read, prodigy.write, "Prodigy, JSONL"),
        "spacy": Format(spacy.read, spacy.write, "spaCy's training tuples, ner-annotator, JSON"),
    }
)
