"""Snapshots: read back, hashed by content, and refused when altered."""

import hashlib
import json
from pathlib import Path

import pytest

from model_tools.dataset.snapshot import DOCUMENTS_FILE, HEADER_FILE, Snapshot
from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError
from model_tools.spans import Label

DOCUMENTS = (
    Document("b.txt", "Bob\r\n🎉", (Label(0, 3, "P"),), "en", "train"),
    Document("a.txt", "Ann", (Label(0, 3, "P"),), "de", "test"),
)
SNAPSHOT = Snapshot(DOCUMENTS, ("P", "Q"), {"seed": 7, "recipe": "default"})


def test_the_round_trip_keeps_everything(tmp_path: Path) -> None:
    files = SNAPSHOT.to_files()
    assert Snapshot.from_files(files) == SNAPSHOT
    (tmp_path / DOCUMENTS_FILE).write_bytes(files[DOCUMENTS_FILE])
    assert tuple(read_jsonl(tmp_path / DOCUMENTS_FILE)) == SNAPSHOT.documents


def test_the_hash_is_of_the_canonical_bytes() -> None:
    header = b'{"categories":["P","Q"],"options":{"recipe":"default","seed":7}}\n'
    assert SNAPSHOT.content_hash == hashlib.sha256(header + SNAPSHOT.to_files()[DOCUMENTS_FILE]).hexdigest()


def test_the_order_of_documents_and_options_does_not_count() -> None:
    other = Snapshot(tuple(reversed(DOCUMENTS)), ("P", "Q"), {"recipe": "default", "seed": 7})
    assert other == SNAPSHOT
    assert other.content_hash == SNAPSHOT.content_hash


@pytest.mark.parametrize(
    "other",
    [
        Snapshot(DOCUMENTS[:1], ("P", "Q"), SNAPSHOT.options),
        Snapshot(
            (Document("b.txt", "Bob\r\n🎉", (Label(0, 3, "P"),), "en", "test"), DOCUMENTS[1]),
            ("P", "Q"),
            SNAPSHOT.options,
        ),
        Snapshot(DOCUMENTS, ("Q", "P"), SNAPSHOT.options),
        Snapshot(DOCUMENTS, ("P", "Q"), {"seed": 8, "recipe": "default"}),
    ],
    ids=["documents", "split", "categories", "options"],
)
def test_every_difference_changes_the_hash(other: Snapshot) -> None:
    assert other.content_hash != SNAPSHOT.content_hash


@pytest.mark.parametrize(
    ("name", "content", "inner_code"),
    [
        (DOCUMENTS_FILE, SNAPSHOT.to_files()[DOCUMENTS_FILE].replace(b"Ann", b"Eve"), "SnapshotAltered"),
        (HEADER_FILE, SNAPSHOT.to_files()[HEADER_FILE].replace(b'"seed":7', b'"seed":8'), "SnapshotAltered"),
        (HEADER_FILE, b"[]", "SnapshotInvalid"),
        (HEADER_FILE, b"{", "SnapshotInvalid"),
        (HEADER_FILE, json.dumps({"contentHash": "x", "categories": 5, "options": {}}).encode(), "SnapshotInvalid"),
    ],
)
def test_what_was_altered_is_refused(name: str, content: bytes, inner_code: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        Snapshot.from_files({**SNAPSHOT.to_files(), name: content})
    assert error.value.inner_code == inner_code


@pytest.mark.parametrize("name", [DOCUMENTS_FILE, HEADER_FILE])
def test_a_missing_file_is_named(name: str) -> None:
    files = {other: content for other, content in SNAPSHOT.to_files().items() if other != name}
    with pytest.raises(InvalidInputError, match=name):
        Snapshot.from_files(files)
