"""What a file of each type gives, why it gives nothing, and that no other error escapes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.extract import extractor
from model_tools.extract.errors import UnreadableDocumentError
from model_tools.extract.extractor import extract

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
OUTCOMES = {
    "text",
    "UnsupportedFileType", "ContentMismatch", "BinaryContent", "UnknownEncoding", "EmptyDocument", "EncryptedFile",
    "NoTextLayer", "CorruptFile", "TooLarge", "TooSlow",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.txt", "text/plain"), ("b/A.B.TXT", "text/plain"), ("a.md", "text/markdown")]
)
@pytest.mark.parametrize("text", ["Ann\r\nBob\r\n", "\r\n\ta  b \n\n", "# 東京 🎉\n", "a\x0cb"])
def test_plain_text_is_kept_exactly(name: str, media_type: str, text: str) -> None:
    extracted = extract(text.encode(), name)
    assert (extracted.text, extracted.media_type, extracted.encoding, extracted.warnings) == (
        text,
        media_type,
        "utf-8",
        (),
    )


def test_a_guess_is_said_to_be_one() -> None:
    extracted = extract("Le prêt a été accordé à Nestlé.".encode("cp1252"), "a.txt")
    assert extracted.text == "Le prêt a été accordé à Nestlé."
    assert "cp1252" in extracted.warnings[0]


REFUSED = {
    "no suffix": ("readme", b"text", "UnsupportedFileType"),
    "unknown suffix": ("a.xlsx", b"text", "UnsupportedFileType"),
    "hidden file": (".txt", b"text", "UnsupportedFileType"),
    "empty": ("a.txt", b"", "EmptyDocument"),
    "blank": ("a.txt", b" \r\n\t", "EmptyDocument"),
    "byte-order mark only": ("a.txt", b"\xef\xbb\xbf", "EmptyDocument"),
    "byte-order mark only, html": ("a.html", b"\xef\xbb\xbf", "EmptyDocument"),
    "html without text": ("a.html", b"<html><script>x()</script></html>", "EmptyDocument"),
    "png as text": ("a.txt", PNG, "ContentMismatch"),
    "png as pdf": ("a.pdf", PNG, "ContentMismatch"),
    "pdf as text": ("a.txt", b"%PDF-1.4\n", "ContentMismatch"),
    "zip as text": ("a.md", b"PK\x03\x04rest", "ContentMismatch"),
    "zero bytes": ("a.txt", b"abc\x00\x00\x01def", "BinaryContent"),
    "control characters": ("a.txt", b"\x01\x02\xff\xfe\x03", "BinaryContent"),
    "text as pdf": ("a.pdf", b"just text", "CorruptFile"),
    "text as word": ("a.docx", b"just text", "CorruptFile"),
    "old or encrypted word": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedFile"),
}


@pytest.mark.parametrize(("name", "content", "inner_code"), REFUSED.values(), ids=REFUSED.keys())
def test_no_text_has_a_reason(name: str, content: bytes, inner_code: str) -> None:
    with pytest.raises(UnreadableDocumentError) as error:
        extract(content, name)
    assert error.value.inner_code == inner_code
    assert error.value.code == "InvalidArgument"


def test_a_large_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractor, "MAX_FILE_BYTES", 10)
    assert extract(b"0123456789", "a.txt").text == "0123456789"
    with pytest.raises(UnreadableDocumentError, match="Split it") as error:
        extract(b"0123456789a", "a.txt")
    assert error.value.inner_code == "TooLarge"


def mutated(content: bytes, seed: int) -> bytes:
    """Overwrites, deletions, insertions of PDF words, repetitions, and truncations, drawn by the seed."""
    draw = random.Random(seed)
    result = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        if not result:
            break
        at = draw.randrange(len(result))
        match draw.randrange(5):
            case 0:
                result[at] = draw.randrange(256)
            case 1:
                result[at] = draw.choice(b"0123456789<>[]()/ R\x00")
            case 2:
                del result[at : at + draw.randrange(1, 40)]
            case 3:
                result[at:at] = draw.choice([b"<<", b">>", b"[", b"-1 ", b"99999999999 ", b"1 0 R ", b"(", b"\x00"])
            case _:
                result = result[:at] if draw.random() < 0.3 else result[: at + 50] + result[at:]
    return bytes(result)


def outcome(content: bytes, name: str) -> str:
    """ "text", or the inner code of the reason."""
    try:
        extract(content, name).text.encode("utf-8")
    except UnreadableDocumentError as error:
        return str(error.inner_code)
    return "text"


@pytest.mark.parametrize("seed", range(0, 300, 30))
def test_mutated_files_give_text_or_a_reason(pdf: bytes, word_document: bytes, seed: int) -> None:
    html = "<meta charset=utf-8><p>é &amp; <b>y</p><table><tr><td>1</table>".encode()
    for name, content in {
        "a.pdf": pdf,
        "a.docx": word_document,
        "a.html": html,
        "a.txt": "Café 東京\r\n".encode(),
    }.items():
        for step in range(30):
            assert outcome(mutated(content, seed + step), name) in OUTCOMES


@given(st.binary(max_size=200), st.sampled_from([".txt", ".md", ".html", ".pdf", ".docx"]))
def test_any_bytes_give_text_or_a_reason(content: bytes, suffix: str) -> None:
    assert outcome(content, f"a{suffix}") in OUTCOMES


def test_nothing_is_read_from_a_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("files") / "a.txt"
    path.write_text("on disk")
    assert extract(b"in memory", str(path)).text == "in memory"
