"""Word documents: what is read, and packages made to harm."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

from model_tools.extract import docx
from model_tools.extract.docx import read_docx
from model_tools.extract.errors import UnreadableDocumentError

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{target}"/>'
    "</Relationships>"
)


def package(
    document: str | bytes,
    target: str = "word/document.xml",
    name: str = "word/document.xml",
    compression: int = ZIP_DEFLATED,
) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", compression) as parts:
        parts.writestr("_rels/.rels", RELATIONSHIPS.format(target=target))
        parts.writestr(name, document)
    return stream.getvalue()


def document(body: str, prolog: str = "") -> str:
    return f'{prolog}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def refusal(content: bytes) -> str | None:
    with pytest.raises(UnreadableDocumentError) as error:
        read_docx(content)
    return error.value.inner_code


def test_paragraphs_and_tables_in_document_order(word_document: bytes) -> None:
    assert read_docx(word_document) == "Loan to Café Müller 🎉\nBorrower\tAnn since\t2020\nTotal\nSigned\tin\nVevey"


BODIES = {
    "blanks between runs": (f"<w:p>{run('a')}{run(' ')}{run('b')}</w:p>", "a b"),
    "insertion under review": (f"<w:p>{run('a')}<w:ins>{run('b')}</w:ins></w:p>", "ab"),
    "deletion under review": (f"<w:p>{run('a')}<w:del><w:r><w:delText>b</w:delText></w:r></w:del></w:p>", "a"),
    "moved": (f"<w:p><w:moveFrom>{run('a')}</w:moveFrom><w:moveTo>{run('b')}</w:moveTo></w:p>", "b"),
    "content control around a paragraph": (f"<w:sdt><w:sdtContent><w:p>{run('a')}</w:p></w:sdtContent></w:sdt>", "a"),
    "content control in a line": (f"<w:p><w:sdt><w:sdtContent>{run('a')}</w:sdtContent></w:sdt></w:p>", "a"),
    "link": (f"<w:p><w:hyperlink>{run('a')}</w:hyperlink></w:p>", "a"),
    "hyphen, tab and break": (
        "<w:p><w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:tab/><w:br/></w:r></w:p>",
        "a-b\t\n",
    ),
    "row in a content control": (
        f"<w:tbl><w:sdt><w:sdtContent><w:tr><w:tc><w:p>{run('a')}</w:p></w:tc></w:tr></w:sdtContent></w:sdt></w:tbl>",
        "a",
    ),
}


@pytest.mark.parametrize(("body", "text"), BODIES.values(), ids=BODIES.keys())
def test_what_the_reader_sees_is_read(body: str, text: str) -> None:
    assert read_docx(package(document(body))) == text


@pytest.mark.parametrize("target", ["/word/document.xml", "word/document2.xml"])
def test_the_main_part_is_found_by_its_relationship(target: str) -> None:
    assert read_docx(package(document(f"<w:p>{run('a')}</w:p>"), target, target.lstrip("/"))) == "a"


LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]>"
)
PROLOGS = {
    "entity expansion": LAUGHS,
    "entity from a file": '<!DOCTYPE d [<!ENTITY m SYSTEM "file:///etc/hostname">]>',
    "entity from the net": '<!DOCTYPE d [<!ENTITY m SYSTEM "http://127.0.0.1:9/x">]>',
    "external definition": '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">',
}


@pytest.mark.parametrize("prolog", PROLOGS.values(), ids=PROLOGS.keys())
def test_a_document_type_is_refused(prolog: str) -> None:
    assert (
        refusal(package(document(f"<w:p>{run('&m;' if 'ENTITY' in prolog else 'a')}</w:p>", prolog))) == "CorruptFile"
    )


def test_a_zip_bomb_is_stopped_by_what_comes_out() -> None:
    bomb = package(document(f"<w:p>{run('a' * 20_000_000)}</w:p>"))
    assert len(bomb) < 100_000
    assert refusal(bomb) == "TooLarge"


def test_a_bomb_that_declares_a_small_size_is_stopped() -> None:
    bomb = bytearray(package(b"a" * 20_000_000))
    declared = (20_000_000).to_bytes(4, "little")
    assert bomb.count(declared) == 2  # in the local header and in the directory
    assert refusal(bytes(bomb.replace(declared, (1000).to_bytes(4, "little")))) in {"TooLarge", "CorruptFile"}


def test_declared_sizes_are_summed_before_anything_is_unpacked(
    monkeypatch: pytest.MonkeyPatch, word_document: bytes
) -> None:
    monkeypatch.setattr(docx, "MAX_UNPACKED_BYTES", 1000)
    monkeypatch.setattr(docx, "_read_part", lambda *_: pytest.fail("unpacked"))
    assert refusal(word_document) == "TooLarge"


BROKEN = {
    "no package": b"PK\x03\x04",
    "no such part": package(document(""), target="word/other.xml"),
    "path out of the package": package(document(""), target="../../etc/hostname"),
    "not xml": package("Hello"),
    "no body": package(f'<w:document xmlns:w="{W}"/>'),
    "other root": package("<html/>"),
    "deep nesting": package(document("<w:p>" * 100_000)),
    "compressed as no Word does": package(document(""), compression=ZIP_LZMA),
    "no relationships": zlib.compress(b"x"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_broken_packages_are_refused(content: bytes) -> None:
    assert refusal(content) == "CorruptFile"
