"""Bytes of an uploaded file to text: the one entrance to the readers of the formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from model_tools.extract.encoding import DecodedText, decode_text
from model_tools.extract.errors import UnreadableDocumentError

MAX_FILE_BYTES = 25 * 1024 * 1024
"""A larger file is refused unread."""
MAX_DOCUMENT_CHARACTERS = 128_000
"""The service's limit for one document, in code points. The caller judges it: `extract` gives longer texts too."""


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """What a file says. No lone surrogate and no byte-order mark is in the text."""

    text: str
    media_type: str
    encoding: str | None = None
    """Python's name of it, for text formats; None where the format has its own."""
    warnings: tuple[str, ...] = ()
    """Sentences for a person, where something was guessed or left out."""


def extract(content: bytes, name: str) -> ExtractedText:
    """The text of a file, read by the suffix of its name. Nothing is written to disk and nothing fetched.

    Plain text and Markdown come out exactly as they are; HTML, PDF and Word come out as readable text.

    Raises:
        UnreadableDocumentError: no text can be had; `inner_code` says why.
    """
    suffix = PurePosixPath(name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        raise UnreadableDocumentError(
            "UnsupportedFileType",
            f"Files of the type {suffix or 'without a suffix'} cannot be read. Supported are {', '.join(_READERS)}.",
        )
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableDocumentError(
            "TooLarge",
            f"The file has {len(content):,} bytes; at most {MAX_FILE_BYTES:,} are read. Split it into smaller files.",
        )
    _check_content(content, suffix)
    extracted = reader(content)
    if not extracted.text.strip():
        raise UnreadableDocumentError("EmptyDocument", "The file has no text. Remove it, or upload its full content.")
    return extracted


def _read_plain(content: bytes) -> ExtractedText:
    return _from_decoded(decode_text(content), "text/plain")


def _read_markdown(content: bytes) -> ExtractedText:
    return _from_decoded(decode_text(content), "text/markdown")


# The readers of HTML, PDF and Word are large, and most processes of the service never meet such a file.


def _read_html(content: bytes) -> ExtractedText:
    from model_tools.extract.html import decode_html, html_to_text  # noqa: PLC0415

    decoded = decode_html(content)
    return _from_decoded(DecodedText(html_to_text(decoded.text), decoded.encoding, decoded.is_guessed), "text/html")


def _read_pdf(content: bytes) -> ExtractedText:
    from model_tools.extract.pdf import read_pdf  # noqa: PLC0415

    text, warnings = read_pdf(content)
    return ExtractedText(text, "application/pdf", None, warnings)


def _read_docx(content: bytes) -> ExtractedText:
    from model_tools.extract.docx import read_docx  # noqa: PLC0415

    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return ExtractedText(read_docx(content), media_type)


def _from_decoded(decoded: DecodedText, media_type: str) -> ExtractedText:
    warning = f"The encoding was guessed as {decoded.encoding}. Save the file as UTF-8 to be certain."
    return ExtractedText(decoded.text, media_type, decoded.encoding, (warning,) if decoded.is_guessed else ())


_READERS: Mapping[str, Callable[[bytes], ExtractedText]] = {
    ".txt": _read_plain,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
}

_SIGNATURES: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "a PDF", (".pdf",)),
    (b"PK\x03\x04", "a zip archive (or a Word document)", (".docx",)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file of the old kind, or an encrypted one", (".docx",)),
    (b"\x89PNG\r\n", "a PNG image", ()),
    (b"\xff\xd8\xff", "a JPEG image", ()),
    (b"GIF8", "a GIF image", ()),
    (b"II*\x00", "a TIFF image", ()),
    (b"MM\x00*", "a TIFF image", ()),
    (b"\x1f\x8b\x08", "a gzip archive", ()),
    (b"{\\rtf", "a rich text (RTF) file", ()),
    (b"\x7fELF", "a program", ()),
)
"""How files of other types begin, what they are, and the suffixes they may have."""


def _check_content(content: bytes, suffix: str) -> None:
    if not content:
        raise UnreadableDocumentError("EmptyDocument", "The file is empty. Remove it, or upload its full content.")
    for signature, kind, suffixes in _SIGNATURES:
        if content.startswith(signature) and suffix not in suffixes:
            advice = f"Name it {suffixes[0]}, or upload" if suffixes else "Upload"
            raise UnreadableDocumentError(
                "ContentMismatch", f"The name ends in {suffix}, but the content is {kind}. {advice} the text itself."
            )
