"""PDF files: pages, reasons, and limits."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from model_tools.extract import pdf as pdf_module
from model_tools.extract.errors import UnreadableDocumentError
from model_tools.extract.pdf import read_pdf

MakePdf = Callable[..., bytes]


def refusal(content: bytes) -> str | None:
    with pytest.raises(UnreadableDocumentError) as error:
        read_pdf(content)
    return error.value.inner_code


def saved(writer: PdfWriter) -> bytes:
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def encrypted(content: bytes, user_password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(user_password, "owner")
    return saved(writer)


def test_pages_are_apart_by_a_line_end(make_pdf: MakePdf) -> None:
    assert read_pdf(make_pdf("Loan of 20 €", "Signed in Vevey")) == ("Loan of 20 €\nSigned in Vevey", ())


def test_a_page_without_text_is_mentioned(make_pdf: MakePdf) -> None:
    text, warnings = read_pdf(make_pdf("a", "", "b"))
    assert text == "a\n\nb"
    assert warnings == ("1 of 3 pages have no text, the first of them page 2.",)


def test_encryption(make_pdf: MakePdf) -> None:
    plain = make_pdf("secret")
    assert read_pdf(encrypted(plain, ""))[0] == "secret"
    assert refusal(encrypted(plain, "user")) == "EncryptedFile"


def test_a_scan_has_no_text_layer(make_pdf: MakePdf) -> None:
    assert refusal(make_pdf("", "")) == "NoTextLayer"


@pytest.mark.parametrize("keep", [8, 200, -700])
def test_a_file_cut_short_is_corrupt(pdf: bytes, keep: int) -> None:
    assert refusal(pdf[:keep]) == "CorruptFile"


def test_a_lost_index_is_rebuilt(pdf: bytes) -> None:
    end = pdf.index(b"startxref")
    assert read_pdf(pdf[:end] + b"startxref\n7\n%%EOF\n") == read_pdf(pdf)


def test_pages_are_limited(make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_PAGES", 2)
    assert read_pdf(make_pdf("a", "b"))[0] == "a\nb"
    assert refusal(make_pdf("a", "b", "c")) == "TooLarge"


def test_characters_are_limited(make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_CHARACTERS", 5)
    assert refusal(make_pdf("abc", "def")) == "TooLarge"


def test_time_is_limited(make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MAX_SECONDS", -1.0)
    assert refusal(make_pdf("a")) == "TooSlow"


def test_a_stream_that_unpacks_to_too_much_is_stopped(make_pdf: MakePdf) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(make_pdf("a"))))
    stream = DecodedStreamObject()
    stream.set_data(b" " * 60_000_000)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    bomb = saved(writer)
    assert len(bomb) < 100_000
    assert refusal(bomb) == "TooLarge"


@pytest.mark.parametrize(
    ("text", "clean"),
    [("a\ud83c\udf89b", "a🎉b"), ("a\ud800b", "a\ufffdb"), ("a\udc00", "a\ufffd"), ("é🎉", "é🎉")],
)
def test_no_lone_surrogate_leaves(text: str, clean: str) -> None:
    assert pdf_module._without_lone_surrogates(text) == clean
