"""Bytes of a text file to the text, without loss: an encoding is certain, or guessed and said so, or refused."""

import codecs
import re
from dataclasses import dataclass
from unicodedata import category

from charset_normalizer import from_bytes

from model_tools.extract.errors import UnreadableDocumentError
from model_tools.extract.language import guess_language

_BOMS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LEGACY_ENCODINGS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "iso8859-2", "iso8859-5",
    "iso8859-7", "koi8-r", "koi8-u", "cp932", "euc_jp", "gb18030", "big5", "cp949", "euc_kr", "tis_620",
)  # fmt: skip
"""What files from before UTF-8 are written in. Not among them: encodings of mainframes, escapes and 7-bit mail."""

# The encodings that browsers take others for, because the two were confused for decades.
_AS_BROWSERS_READ = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
}
_DECLARABLE = frozenset(codecs.lookup(name).name for name in (*LEGACY_ENCODINGS, "utf-8"))

# Detection by letter statistics mistakes a few accents of Western Europe for those of its neighbours.
_NEIGHBOURS_OF_CP1252 = frozenset({"cp1250", "cp1254", "cp1257", "cp1258", "iso8859_2"})
_LANGUAGES_OF_CP1252 = frozenset({"da", "de", "en", "es", "fi", "fr", "is", "it", "nb", "nl", "no", "pt", "sv", None})

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # not tab, line ends, form feed, escape
_NOT_TEXT = frozenset({"Cn", "Co"})  # unassigned or private: what other bytes look like when read as wide characters
_SAMPLE = 1_000_000  # bytes shown to the detector; its time grows with them, its certainty no longer does


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text and the encoding it was in."""

    text: str
    """Without the byte-order mark; everything else as it was, line ends included."""
    encoding: str
    """Python's name of the encoding."""
    is_guessed: bool = False


def decode_text(content: bytes) -> DecodedText:
    """Decodes by byte-order mark, else UTF-16 or UTF-32 by the place of its zero bytes, else UTF-8, else by a guess.

    Raises:
        UnreadableDocumentError: BinaryContent, CorruptFile or UnknownEncoding.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _decode_marked(content[len(bom) :], encoding)
    if b"\x00" in content:
        return _decode_wide(content)
    try:
        return DecodedText(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decode_guessed(content)


def decode_declared(content: bytes, name: str) -> DecodedText | None:
    """Decodes by an encoding that the file itself names; None where the name is strange or the content contradicts."""
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    encoding = _AS_BROWSERS_READ.get(encoding, encoding)
    if encoding not in _DECLARABLE:
        return None
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _decode_marked(content: bytes, encoding: str) -> DecodedText:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(
            "CorruptFile",
            f"The byte-order mark says {encoding.upper()}, and byte {error.start} is no such text. "
            "Save the file again as UTF-8.",
        ) from error
    if "\x00" in text:
        raise _binary()
    return DecodedText(text, encoding)


def _decode_wide(content: bytes) -> DecodedText:
    """UTF-32 or UTF-16 without a mark."""
    for encoding in ("utf-32-le", "utf-32-be", _likelier_utf16(content)):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text) and all(category(character) not in _NOT_TEXT for character in set(text)):
            return DecodedText(text, encoding, is_guessed=True)
    raise _binary()


def _likelier_utf16(content: bytes) -> str:
    """By the side of the zero bytes: they are the high bytes of characters below U+0100, and most texts have some."""
    return "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"


def _decode_guessed(content: bytes) -> DecodedText:
    if _CONTROL.search(content.decode("latin-1")):
        raise _binary()
    matches = from_bytes(content[:_SAMPLE], cp_isolation=list(LEGACY_ENCODINGS), enable_fallback=False)
    for encoding in _western_first([match.encoding for match in matches], content):
        try:
            return DecodedText(content.decode(encoding), encoding, is_guessed=True)
        except UnicodeDecodeError:
            continue
    raise UnreadableDocumentError(
        "UnknownEncoding", "The text is not UTF-8, and its encoding cannot be told. Save the file again as UTF-8."
    )


def _western_first(encodings: list[str], content: bytes) -> list[str]:
    """The encodings, headed by Windows-1252 where a neighbour of it leads, or none, and the language allows it."""
    if not encodings or encodings[0] in _NEIGHBOURS_OF_CP1252:
        western = content[:_SAMPLE].decode("cp1252", errors="replace")
        if guess_language(western) in _LANGUAGES_OF_CP1252:
            return ["cp1252", *encodings]
    return encodings


def _binary() -> UnreadableDocumentError:
    return UnreadableDocumentError(
        "BinaryContent", "The content is binary, not text. Upload text, or name the file by what it is."
    )
