"""Files become documents: every type, every failure kept, and the same outcome however often and in whatever order."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import quote

import azure.functions as func
import pytest
from docx import Document as WordDocument

from functions.lifecycle import ingest as ingest_module
from functions.lifecycle.ingest import Source, SyncReport, ingest, reconcile, sync
from functions.services import Services
from functions.stores.blobs import BlobInfo, BlobStore
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.projects import Project
from functions.triggers import uploads
from model_tools.errors import ConflictError
from model_tools.extract.extractor import MAX_DOCUMENT_CHARACTERS, MAX_FILE_BYTES
from model_tools.spans import Label
from tests.functions.world import World, unique


def word(text: str) -> bytes:
    document, stream = WordDocument(), BytesIO()
    document.add_paragraph(text)
    document.save(stream)
    return stream.getvalue()


def pdf(text: str) -> bytes:
    """One page of one line, written by hand."""
    drawing = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        content
        + b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(content))
    )


@dataclass(frozen=True)
class Readable:
    """A file and what ingest makes of it."""

    location: str
    content: bytes
    text: str
    media_type: str
    encoding: str | None


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    "file",
    [
        Readable("a.txt", "Café 東京 😀\r\nLine".encode(), "Café 東京 😀\r\nLine", "text/plain", "utf-8"),
        Readable("a.TXT", b"\xff\xfeA\x00\xe9\x00", "Aé", "text/plain", "utf-16-le"),
        Readable("a.md", b"# Title\n", "# Title\n", "text/markdown", "utf-8"),
        Readable("a.html", b"<p>One<p>Two", "One\nTwo", "text/html", "utf-8"),
        Readable("a.pdf", pdf("Loan in Vevey"), "Loan in Vevey", "application/pdf", None),
        Readable("folder/a.docx", word("Signed in Vevey"), "Signed in Vevey", WORD, None),
    ],
    ids=lambda file: file.location,
)
def test_each_type_of_file(services: Services, world: World, project: str, file: Readable) -> None:
    document = world.document(project, file.location, file.content)
    assert (document.status, document.failure) == (DocumentStatus.INGESTED, None)
    assert (document.size, document.characters) == (len(file.content), len(file.text))
    assert (document.media_type, document.encoding) == (file.media_type, file.encoding)
    assert services.documents.get_text(project, document.content_hash or "") == file.text
    assert services.blobs.get("documents", f"{project}/{file.location}") == file.content
    assert services.documents.find(project, file.location) == document


@pytest.mark.parametrize(
    ("location", "content", "code"),
    [
        ("a.txt", b"", "EmptyDocument"),
        ("a.txt", b" \r\n", "EmptyDocument"),
        ("a.exe", b"MZ", "UnsupportedFileType"),
        ("noext", b"text", "UnsupportedFileType"),
        ("a.txt", b"%PDF-1.4", "ContentMismatch"),
        ("a.pdf", b"%PDF-1.4 nothing more", "CorruptFile"),
        ("a.docx", b"PK\x03\x04 nothing more", "CorruptFile"),
        ("a.txt", b"\x00\x01\x02\x03" * 50, "BinaryContent"),
        ("a.txt", b"x" * (MAX_FILE_BYTES + 1), "TooLarge"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_cannot_be_read_has_a_row_that_says_why(
    world: World, project: str, location: str, content: bytes, code: str
) -> None:
    document = world.document(project, location, content)
    assert (document.status, document.content_hash) == (DocumentStatus.FAILED, None)
    assert document.failure is not None
    assert document.failure.code == code
    assert document.failure.message
    assert world.services.documents.get(project, location) == document


def test_a_failed_file_that_is_mended(services: Services, world: World, project: str) -> None:
    world.document(project, "a.txt", b"")
    mended = world.document(project, "a.txt", b"now with text")
    assert (mended.status, mended.failure) == (DocumentStatus.INGESTED, None)


def test_a_very_long_text_is_kept_with_a_warning(world: World, project: str) -> None:
    document = world.document(project, "a.txt", "x " * (MAX_DOCUMENT_CHARACTERS // 2) + "x")
    assert document.status is DocumentStatus.INGESTED
    assert [warning.code for warning in document.warnings] == ["DocumentTooLong"]


def source_of(services: Services, project: str) -> Source:
    return Source.of(services.projects.get(project))


def test_a_second_delivery_changes_nothing(services: Services, world: World, project: str) -> None:
    world.document(project, "a.txt", "text")
    before = services.documents.get(project, "a.txt")
    assert ingest(services, source_of(services, project), "a.txt") == before
    assert services.documents.get(project, "a.txt").etag == before.etag


def test_an_overwritten_file_is_read_again(services: Services, world: World, project: str) -> None:
    first = world.document(project, "a.txt", "first")
    second = world.document(project, "a.txt", "second")
    assert second.content_hash != first.content_hash
    assert services.documents.get(project, "a.txt").characters == 6
    assert len(list(services.documents.read_all(project))) == 1


def test_a_file_that_is_not_there(services: Services, project: str) -> None:
    assert ingest(services, source_of(services, project), "a.txt") is None
    assert list(services.documents.read_all(project)) == []


def test_many_ingests_of_one_file_at_the_same_time(services: Services, world: World, project: str) -> None:
    world.upload(project, "a.txt", "text")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: ingest(services, source_of(services, project), "a.txt"), range(8)))
    assert {document and document.content_hash for document in found} == {
        services.documents.get(project, "a.txt").content_hash
    }
    assert len(list(services.documents.read_all(project))) == 1


def test_of_two_versions_the_last_one_stays(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow ingest of the first version ends after a quick one of the second."""
    world.upload(project, "a.txt", "first version")
    plain = ingest_module._read
    overtaken: list[bool] = []

    def read(*args: object) -> StoredDocument:
        document: StoredDocument = plain(*args)  # type: ignore[arg-type]
        if not overtaken:
            overtaken.append(True)
            world.document(project, "a.txt", "second")
        return document

    monkeypatch.setattr(ingest_module, "_read", read)
    ingest(services, source_of(services, project), "a.txt")
    document = services.documents.get(project, "a.txt")
    assert services.documents.get_text(project, document.content_hash or "") == "second"


def test_duplicates_name_the_first(services: Services, world: World, project: str) -> None:
    world.document(project, "b.txt", "same text")
    world.document(project, "a.txt", "same text")
    again = world.document(project, "c.txt", "same text")
    assert (services.documents.get(project, "b.txt").duplicate_of, again.duplicate_of) == (None, "b.txt")
    assert world.document(world.project(), "d.txt", "same text").duplicate_of is None


def test_a_duplicate_whose_first_is_gone_or_changed(services: Services, world: World, project: str) -> None:
    world.document(project, "a.txt", "same text")
    world.document(project, "a.txt", "other text")
    assert world.document(project, "b.txt", "same text").duplicate_of is None
    services.documents.delete(project, "b.txt")
    assert world.document(project, "c.txt", "same text").duplicate_of is None


def test_of_equal_files_that_arrive_together_one_is_the_first(services: Services, world: World, project: str) -> None:
    for i in range(6):
        world.upload(project, f"{i}.txt", "same text")
    sync(services, services.projects.get(project))
    found = list(services.documents.read_all(project))
    firsts = [document for document in found if document.duplicate_of is None]
    assert len(firsts) == 1
    assert {document.duplicate_of for document in found} == {None, firsts[0].location}


# --- sync and reconcile -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own_container", [True, False])
def test_sync_finds_what_is_new_changed_and_gone(services: Services, world: World, own_container: bool) -> None:
    name = world.project(container=world.container() if own_container else "documents")
    project = services.projects.get(name)
    for location in ("same.txt", "changed.txt", "gone.txt"):
        world.document(name, location, location)
    world.labelled(name, "gone.txt", "gone.txt", Label(0, 4, "City"))
    world.upload(name, "new/file.txt", "new")
    world.upload(name, "bad.exe", "bad")
    world.upload(name, "changed.txt", "changed now")
    services.blobs.delete(project.container, f"{project.folder}gone.txt")
    assert sync(services, project) == SyncReport(added=2, updated=1, unchanged=1, removed=1, failed=1)
    assert sync(services, project) == SyncReport(added=0, updated=0, unchanged=4, removed=0, failed=1)
    found = {document.location for document in services.documents.read_all(name)}
    assert found == {"same.txt", "changed.txt", "new/file.txt", "bad.exe"}
    assert services.labels.get(name, "gone.txt").labels  # for the day it returns


def test_a_file_that_arrives_while_its_container_is_listed_stays(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = BlobStore.listing

    def listing_then_upload(store: BlobStore, container: str, prefix: str = "") -> Iterator[BlobInfo]:
        yield from list(listing(store, container, prefix))
        world.document(project, "late.txt", "text")

    monkeypatch.setattr(BlobStore, "listing", listing_then_upload)
    assert sync(services, services.projects.get(project)).removed == 0
    assert services.documents.find(project, "late.txt") is not None


def test_projects_of_one_container_do_not_see_each_other(services: Services, world: World) -> None:
    short = world.project()
    longer = world.project(f"{short}-2")
    world.upload(longer, "a.txt", "text")
    assert sync(services, services.projects.get(short)).added == 0
    assert sync(services, services.projects.get(longer)).added == 1


def test_reconcile_syncs_every_project_that_has_a_container(services: Services, world: World, project: str) -> None:
    world.upload(project, "a.txt", "text")
    without = world.project(container=unique("none"))
    reports = reconcile(services)
    assert reports[project].added == 1
    assert without not in reports


def test_one_projects_trouble_does_not_keep_the_others_waiting(
    services: Services, world: World, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.project(f"a-{project}")
    assert before < project

    def sync_of_one(services: Services, one: Project) -> SyncReport:
        if one.name == before:
            raise ConflictError("'a.txt' keeps changing while it is read.")
        return sync(services, one)

    world.upload(project, "a.txt", "text")
    monkeypatch.setattr(ingest_module, "sync", sync_of_one)
    reports = reconcile(services)
    assert reports[project].added == 1
    assert before not in reports


# --- the trigger ------------------------------------------------------------------------------------------------------


def polled(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name)


def told(name: str) -> func.QueueMessage:
    event = {
        "eventType": "Microsoft.Storage.BlobCreated",
        "data": {"url": f"https://x.blob.core.example/{quote(name)}"},
    }
    return func.QueueMessage(body=json.dumps(event).encode())


@pytest.fixture(params=[(uploads.polled, polled), (uploads.told, told)], ids=["polled", "told"])
def trigger(
    services: Services, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[str], None]:
    monkeypatch.setattr("functions.services._services", services)
    blueprint, message = request.param
    (builder,) = blueprint._function_builders
    assert builder._function.get_function_name() == "ingest_blob"
    function = builder._function.get_user_function()

    return lambda name: function(message(name))


def test_the_trigger_ingests_a_file_of_a_project(
    services: Services, world: World, project: str, trigger: Callable[[str], None]
) -> None:
    world.upload(project, "deep/er/a.txt", "text")
    trigger(f"documents/{project}/deep/er/a.txt")
    assert services.documents.get(project, "deep/er/a.txt").characters == 4


@pytest.mark.parametrize(
    "name", ["documents/a.txt", "documents/", "documents/{p}/", "documents/{p}/folder/", "", "documents//a.txt"]
)
def test_the_trigger_leaves_what_is_not_in_a_projects_folder(
    services: Services, project: str, trigger: Callable[[str], None], name: str
) -> None:
    trigger(name.format(p=project))
    assert list(services.documents.read_all(project)) == []


@pytest.mark.parametrize("folder", ["a b", "a#b", "50%", "ü", "x" * 51])
def test_the_trigger_leaves_folders_that_no_project_can_have(
    services: Services, trigger: Callable[[str], None], folder: str
) -> None:
    services.blobs.put("documents", f"{folder}/a.txt", b"text", "text/plain")
    trigger(f"documents/{folder}/a.txt")
    assert services.documents.find(folder, "a.txt") is None


def test_the_trigger_takes_files_before_their_project_is_made(
    services: Services, world: World, trigger: Callable[[str], None]
) -> None:
    name = unique()
    services.blobs.put("documents", f"{name}/a.txt", b"text", "text/plain")
    trigger(f"documents/{name}/a.txt")
    world.project(name)
    assert services.documents.get(name, "a.txt").characters == 4
