"""What a writer writes, its own reader gives back."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.documents import Document, Split
from model_tools.formats.interchange import ExportOptions, ImportOptions
from model_tools.formats.registry import FORMATS
from model_tools.formats.tag_schemes import TagScheme
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

WORDS = "abc ABC\t\r\n.,-#'\"\\é\u0301漢字かなกำ0\u0661😀👩\u200d🚀\x07\ufeff\u2028"
CHANGING_TEXTS = {"azure", "conll"}
"""The one names texts only, the other sets them anew."""


@st.composite
def labelled_text(draw: st.DrawFn) -> tuple[str, tuple[Label, ...]]:
    text = draw(st.text(st.sampled_from(WORDS), max_size=40) | st.text(max_size=20))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    categories = st.sampled_from(["Person", "Loan-Amount", "Ort 漢", "😀"])
    labels = tuple(Label(a, b, draw(categories)) for a, b in pairwise(cuts) if draw(st.booleans()))
    return text, labels


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    texts = draw(st.lists(labelled_text(), max_size=4))
    languages = st.sampled_from(["en", "ja"])
    splits: st.SearchStrategy[Split | None] = st.sampled_from([None, "train", "test"])
    return [Document(f"{i}.txt", text, labels, draw(languages), draw(splits)) for i, (text, labels) in enumerate(texts)]


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - CHANGING_TEXTS))
@settings(deadline=None)
@given(given_documents=documents())
def test_formats_with_texts_give_equal_documents(name: str, given_documents: list[Document]) -> None:
    exported = FORMATS[name].write(given_documents)
    imported = FORMATS[name].read(exported.content, "file")
    assert imported.documents == tuple(given_documents)
    assert exported.report == ()
    assert {problem.code for problem in imported.report} <= {"WhiteSpaceAtEnds", "UnitDoubtful"}


@pytest.mark.parametrize("unit", [OffsetUnit.CODE_POINT, OffsetUnit.UTF16])
@pytest.mark.parametrize("name", ["azure", "doccano"])
@settings(deadline=None)
@given(given_documents=documents())
def test_formats_that_count_differently(name: str, unit: OffsetUnit, given_documents: list[Document]) -> None:
    texts = {document.id: document.text for document in given_documents}
    exported = FORMATS[name].write(given_documents, ExportOptions(unit=unit))
    imported = FORMATS[name].read(
        exported.content, "file", ImportOptions(unit=unit if name == "doccano" else None, text_of=texts.__getitem__)
    )
    assert imported.documents == tuple(given_documents)


def without_blanks(text: str) -> str:
    return "".join(character for character in text if not character.isspace() and character not in "\x07\ufeff")


@pytest.mark.parametrize("scheme", TagScheme)
@settings(deadline=None)
@given(texts=st.lists(labelled_text(), max_size=4))
def test_conll_keeps_every_label_that_covers_a_token(
    scheme: TagScheme, texts: list[tuple[str, tuple[Label, ...]]]
) -> None:
    printable = [
        (text, labels)
        for text, labels in texts
        if all(character.isprintable() or character in WORDS for character in text)
    ]
    given_documents = [Document(str(i), text, labels) for i, (text, labels) in enumerate(printable)]
    options, reading = ExportOptions(scheme=scheme), ImportOptions(scheme=scheme)
    exported = FORMATS["conll"].write(given_documents, options)
    imported = FORMATS["conll"].read(exported.content, "file", reading)
    assert imported.report == ()
    expected = [
        (
            without_blanks(document.text),
            [
                (label.category, covered)
                for label in document.labels
                if (covered := without_blanks(label.text_of(document.text)))
            ],
        )
        for document in given_documents
        if without_blanks(document.text)
    ]
    assert [
        (
            without_blanks(document.text),
            [(label.category, without_blanks(label.text_of(document.text))) for label in document.labels],
        )
        for document in imported.documents
    ] == expected
    again = FORMATS["conll"].write(imported.documents, options)
    assert again.report == ()
    assert FORMATS["conll"].read(again.content, "file", reading) == imported
