"""The text layer of PDF files, bounded in pages, unpacked bytes, characters and time."""

import logging
import struct
import time
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import Configuration, PageObject, PdfReader, apply_configuration
from pypdf.errors import DependencyError, DeprecationError, FileNotDecryptedError, LimitReachedError, PyPdfError

from model_tools.extract.errors import UnreadableDocumentError

MAX_PAGES = 2_000
MAX_CHARACTERS = 5_000_000
"""Of the whole text: far above what a document may have, far below what a hostile file can unfold to."""
MAX_SECONDS = 30.0
"""For the whole file; looked at before each page and each drawing operation of it."""

_SIGNATURE_WITHIN = 1024  # bytes; where the PDF specification has readers look for the header
_CONFIGURATION = Configuration(  # bytes or counts; pypdf's own are made for pages of pictures
    zlib_maximum_output_length=25_000_000,
    lzw_maximum_output_length=25_000_000,
    run_length_maximum_output_length=25_000_000,
    array_based_stream_maximum_output_length=25_000_000,
    maximum_declared_stream_length=25_000_000,
    stream_decoding_work_maximum_length=100_000_000,
    stream_parsing_work_maximum_count=1_000_000,
    xform_maximum_invocations_per_extraction=500,
)
_PARSER_ERRORS = (  # what pypdf lets through on mutated files, besides its own
    PyPdfError,
    DependencyError,
    DeprecationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

# pypdf logs what it finds odd, with pieces of the file; the text of documents is never logged.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class _TooSlowError(Exception):
    """The time is over."""


def read_pdf(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, pages apart by a line end, and warnings.

    Raises:
        UnreadableDocumentError: CorruptFile, EncryptedFile, NoTextLayer, TooLarge or TooSlow.
    """
    if b"%PDF-" not in content[:_SIGNATURE_WITHIN]:
        raise _corrupt()
    try:
        with apply_configuration(_CONFIGURATION):
            pages = list(_page_texts(PdfReader(BytesIO(content)), time.monotonic() + MAX_SECONDS))
    except _TooSlowError:
        raise UnreadableDocumentError(
            "TooSlow",
            f"The text could not be read within {MAX_SECONDS:.0f} seconds. Split the PDF, or upload .txt.",
        ) from None
    except FileNotDecryptedError as error:
        raise UnreadableDocumentError(
            "EncryptedFile", "The PDF is protected by a password. Save it without one."
        ) from error
    except LimitReachedError as error:
        raise _too_large("more content than is safe to unpack") from error
    except _PARSER_ERRORS as error:
        raise _corrupt() from error
    if not any(page.strip() for page in pages):
        raise UnreadableDocumentError(
            "NoTextLayer",
            "The PDF has no text layer: its pages are pictures, as from a scanner. Run text recognition (OCR) first.",
        )
    silent = [number for number, page in enumerate(pages, start=1) if not page.strip()]
    return "\n".join(pages), _silent_pages_warning(silent, len(pages))


def _page_texts(reader: PdfReader, deadline: float) -> Iterator[str]:
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise _too_large(f"{count:,} pages, and at most {MAX_PAGES:,} are read")
    characters = 0
    for page in reader.pages:
        text = _page_text(page, deadline)
        characters += len(text)
        if characters > MAX_CHARACTERS:
            raise _too_large(f"more than {MAX_CHARACTERS:,} characters")
        yield text


def _page_text(page: PageObject, deadline: float) -> str:
    def check_time(*_: object) -> None:
        if time.monotonic() > deadline:
            raise _TooSlowError

    check_time()
    text = page.extract_text(visitor_operand_before=check_time)
    check_time()  # pypdf passes over errors inside nested forms
    return _without_lone_surrogates(text).replace("\x00", "")


def _without_lone_surrogates(text: str) -> str:
    """A font's own character table can name half of a surrogate pair; what stays alone becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _silent_pages_warning(silent: list[int], count: int) -> tuple[str, ...]:
    if not silent:
        return ()
    return (f"{len(silent)} of {count} pages have no text, the first of them page {silent[0]}.",)


def _too_large(reason: str) -> UnreadableDocumentError:
    return UnreadableDocumentError("TooLarge", f"The PDF has {reason}. Split it into smaller files.")


def _corrupt() -> UnreadableDocumentError:
    return UnreadableDocumentError("CorruptFile", "The file is not a complete PDF. Export or download it again.")
