"""What the writers of JSON formats share."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from model_tools.documents import Document
from model_tools.offsets import OffsetMap, OffsetUnit


def lines_of(records: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines in UTF-8. Equal records give equal bytes."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def array_of(records: Iterable[object]) -> bytes:
    """One JSON array in UTF-8."""
    return (json.dumps(list(records), ensure_ascii=False, indent=1) + "\n").encode()


def offsets_in_unit(document: Document, unit: OffsetUnit) -> list[tuple[int, int]]:
    """(offset, length) of each label in `unit`.

    Raises:
        InvalidInputError: a label begins or ends inside a text element.
    """
    offsets = OffsetMap(document.text, unit)
    return [offsets.from_span(label) for label in document.labels]
