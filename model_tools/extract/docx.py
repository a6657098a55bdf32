"""Word documents to text: paragraphs and tables in document order; headers, footers, notes and text boxes are left out.

python-docx says what an element reads as. The package itself is opened here, because it is hostile until shown
otherwise: only the two parts that are needed are unpacked, in bounded steps, and insertions under review and content
controls are read, which python-docx passes over.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

from model_tools.extract.errors import UnreadableDocumentError

MAX_UNPACKED_BYTES = 100 * 1024 * 1024
"""Of all parts of the package together."""
MAX_COMPRESSION_RATIO = 200
"""Unpacked bytes per packed byte of one part; text of any language stays below 30."""

_RELATIONSHIPS = "_rels/.rels"
_OFFICE_DOCUMENT = "/officeDocument"  # last step of the relationship's type, which has two spellings of the rest
_OLE = b"\xd0\xcf\x11\xe0"
_STEP = 64 * 1024  # bytes unpacked at a time
_RATIO_FLOOR = 1024 * 1024  # bytes; below it any ratio is harmless

_COMPRESSIONS = frozenset({ZIP_STORED, ZIP_DEFLATED})  # all that the format allows
_PACKAGE_ERRORS = (  # what zipfile and lxml raise on mutated packages; lxml's XMLSyntaxError is a SyntaxError
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    struct.error,
    zlib.error,
)

_RUN, _PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:r"), qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_UNSEEN = frozenset(
    {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr"), qn("w:tblPr"), qn("w:tcPr")}
)


def read_docx(content: bytes) -> str:
    """The text of a Word document: a line for each paragraph and table row, a tab between cells.

    Raises:
        UnreadableDocumentError: EncryptedFile, CorruptFile or TooLarge.
    """
    if content.startswith(_OLE):
        raise UnreadableDocumentError(
            "EncryptedFile",
            "The document is protected by a password, or of the kind before .docx. Save it as .docx without one.",
        )
    try:
        with ZipFile(BytesIO(content)) as package:
            return _package_text(package)
    except _PACKAGE_ERRORS as error:
        raise _corrupt() from error


def _package_text(package: ZipFile) -> str:
    parts = package.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_large()
    body = _parse(_read_part(package, _document_part(package))).find(qn("w:body"))
    if body is None:
        raise _corrupt()
    return "\n".join(_lines(body))


def _document_part(package: ZipFile) -> str:
    """The name of the main part; a name inside the package only, never a path on disk."""
    for relationship in _parse(_read_part(package, _RELATIONSHIPS)):
        if str(relationship.get("Type", "")).endswith(_OFFICE_DOCUMENT):
            return str(relationship.get("Target", "")).lstrip("/")
    raise _corrupt()


def _read_part(package: ZipFile, name: str) -> bytes:
    part = package.getinfo(name)
    if part.compress_type not in _COMPRESSIONS:
        raise _corrupt()
    content = bytearray()
    with package.open(part) as stream:
        while step := stream.read(_STEP):
            content += step
            _check_size(part, len(content))
    return bytes(content)


def _check_size(part: ZipInfo, unpacked: int) -> None:
    """By what came out, not by what the package declares."""
    is_bomb = unpacked > _RATIO_FLOOR and unpacked > MAX_COMPRESSION_RATIO * max(part.compress_size, 1)
    if is_bomb or unpacked > MAX_UNPACKED_BYTES:
        raise _too_large()


def _parse(content: bytes) -> BaseOxmlElement:
    """The root of a part. Its parser expands no entities; a document type, which Word never writes, is refused."""
    root: BaseOxmlElement = parse_xml(content)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _corrupt()
    return root


def _lines(container: BaseOxmlElement) -> list[str]:
    """The lines of a body, cell or content control. The parser bounds the depth of nesting, and so this recursion."""
    lines: list[str] = []
    for element in container:
        if element.tag == _PARAGRAPH:
            lines.append(_inline_text(element))
        elif element.tag == _TABLE:
            lines += ["\t".join(_cells(row)) for row in _nearest(element, _ROW)]
        elif isinstance(element.tag, str) and element.tag not in _UNSEEN:
            lines += _lines(element)
    return lines


def _inline_text(element: BaseOxmlElement) -> str:
    """The visible text of a paragraph, insertions, links and fields included."""
    pieces = []
    for child in element:
        if child.tag == _RUN:
            pieces.append(str(child.text))  # python-docx: tabs, breaks and hyphens as characters
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            pieces.append(_inline_text(child))
    return "".join(pieces)


def _cells(row: BaseOxmlElement) -> list[str]:
    return [" ".join(line for line in _lines(cell) if line) for cell in _nearest(row, _CELL)]


def _nearest(element: BaseOxmlElement, tag: str) -> Iterator[BaseOxmlElement]:
    """The descendants of the tag that are not inside another of them: the rows of a table, not of tables within it."""
    for child in element:
        if child.tag == tag:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            yield from _nearest(child, tag)


def _corrupt() -> UnreadableDocumentError:
    return UnreadableDocumentError(
        "CorruptFile", "The file is not a complete Word document. Open it in Word and save it as .docx again."
    )


def _too_large() -> UnreadableDocumentError:
    return UnreadableDocumentError(
        "TooLarge",
        f"Unpacked, the document is larger than {MAX_UNPACKED_BYTES // 1024**2} MiB or suspiciously well compressed. "
        "Remove pictures, or save its text as .txt.",
    )
