from collections.abc import Callable
from io import BytesIO

import pytest
from docx import Document as WordDocument

MakePdf = Callable[..., bytes]


def make_pdf(*pages: str) -> bytes:
    """A PDF of one font and uncompressed streams, written by hand so that its offsets are known."""
    page_ids = [4 + 2 * i for i in range(len(pages))]
    kids = " ".join(f"{page_id} 0 R" for page_id in page_ids)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for page_id, text in zip(page_ids, pages, strict=True):
        drawing = b"BT /F1 12 Tf 72 720 Td (" + text.encode("cp1252") + b") Tj ET" if text else b""
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {page_id + 1} 0 R >>".encode(),
            f"<< /Length {len(drawing)} >>\nstream\n".encode() + drawing + b"\nendstream",
        ]
    content = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    return bytes(content) + f"{end}startxref\n{len(content)}\n%%EOF\n".encode()


def make_docx() -> bytes:
    """A Word document with a header, paragraphs, a table with a merged row, and a table inside a cell."""
    document = WordDocument()
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.add_paragraph("Loan to Café Müller 🎉")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "Borrower"
    table.cell(0, 1).text = "Ann"
    inner = table.cell(0, 1).add_table(1, 2)
    inner.cell(0, 0).text = "since"
    inner.cell(0, 1).text = "2020"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "Total"
    document.add_paragraph("Signed\tin\nVevey")
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.fixture(scope="session", name="make_pdf")
def make_pdf_fixture() -> MakePdf:
    return make_pdf


@pytest.fixture(scope="session")
def pdf() -> bytes:
    return make_pdf("Loan of 20 €", "", "Signed in Vevey")


@pytest.fixture(scope="session")
def word_document() -> bytes:
    return make_docx()
