"""Token files: real ones, every layout, and every line that is none."""

from pathlib import Path

import pytest

from model_tools.documents import Document, read_jsonl
from model_tools.formats.conll import read, write
from model_tools.formats.interchange import ExportOptions, ImportOptions
from model_tools.formats.tag_schemes import TagScheme
from model_tools.spans import Label

DATA = Path(__file__).parents[3] / "../shared/data"
EXPORTS = DATA / "tool_exports"
needs_data = pytest.mark.skipif(not EXPORTS.exists(), reason="the reference data is not beside the repository")

Found = list[tuple[str, list[tuple[str, str]]]]


def found(content: str | bytes, options: ImportOptions = ImportOptions()) -> tuple[Found, list[tuple[str, str | None]]]:  # noqa: B008
    imported = read(content if isinstance(content, bytes) else content.encode(), "a.conll", options)
    documents = [
        (document.text, [(label.category, label.text_of(document.text)) for label in document.labels])
        for document in imported.documents
    ]
    return documents, [(problem.code, problem.target) for problem in imported.report]


@needs_data
@pytest.mark.parametrize(
    ("path", "jsonl", "split", "report"),
    [
        ("conll/crossner_ai_train.bio.txt", "crossner_ai.jsonl", "train", []),
        ("conll/germeval2014_de_dev.tsv", "germeval2014_de.jsonl", "dev", ["germeval2014_de_dev.tsv:160"]),
    ],
)
def test_published_files(path: str, jsonl: str, split: str, report: list[str]) -> None:
    file = EXPORTS / path
    imported = read(file.read_bytes(), file.name)
    expected = [one for one in read_jsonl(DATA / "jsonl" / jsonl) if one.split == split]
    assert [(one.text, one.labels) for one in imported.documents] == [(one.text, one.labels) for one in expected]
    assert len({one.id for one in imported.documents}) == len(expected)
    assert [problem.target for problem in imported.report] == report
    assert all("212 times" in problem.message for problem in imported.report)  # the inner layer of GermEval


@needs_data
@pytest.mark.parametrize(
    ("name", "n_documents", "n_labels", "report"),
    [
        ("import_conll.txt", 2, 4, []),
        ("test.conll", 2, 2, []),
        ("test_trailing_blank_lines.conll", 1, 2, []),
        ("test_invalid.conll", 2, 3, [("InvalidLine", "a.conll:1")]),
    ],
)
def test_files_of_doccano(name: str, n_documents: int, n_labels: int, report: list[tuple[str, str]]) -> None:
    documents, problems = found((EXPORTS / "doccano" / name).read_bytes())
    assert (len(documents), sum(len(labels) for _, labels in documents), problems) == (n_documents, n_labels, report)


@pytest.mark.parametrize(
    ("content", "documents", "problems"),
    [
        pytest.param("Bo\tB-P\nLi\tI-P\n", [("Bo Li", [("P", "Bo Li")])], [], id="tab"),
        pytest.param("Bo   B-P\r\n Li I-P \r\n", [("Bo Li", [("P", "Bo Li")])], [], id="runs of blanks, CRLF"),
        pytest.param("a b\tB-P\nc\tO", [("a b c", [("P", "a b")])], [], id="a blank inside a token, tabs between"),
        pytest.param(
            "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n",
            [("EU rejects", [("ORG", "EU")])],
            [("NotTakenOver", "a.conll:1")],
            id="CoNLL-2003",
        ),
        pytest.param("# id = 1\n#\tO\na\tB-P\n# note\n", [("# a", [("P", "a")])], [], id="comments, and a token #"),
        pytest.param(
            "1\tUni\tB-ORG\tO\n2\tBonn\tI-ORG\tB-LOC\n\n1\tx\tO\tO\n",
            [("Uni Bonn", [("ORG", "Uni Bonn")]), ("x", [])],
            [("NotTakenOver", "a.conll:2")],
            id="GermEval",
        ),
        pytest.param(
            "1\ta\tO\tO\n3\tb\tO\tB-P\n\n1\tc\tO\tO\n\n1\td\tB-P\tO\n",
            [("a b", []), ("c", []), ("d", [("P", "d")])],
            [("NotTakenOver", "a.conll:2")],
            id="GermEval, counted wrongly once",
        ),
        pytest.param(
            "a Z O\nb Z O\n\n1 Z B-P\n\nc Z O",
            [("a b", []), ("1", [("P", "1")]), ("c", [])],
            [],
            id="CoNLL-2002, a sentence 1",
        ),
        pytest.param("1\tO\n2\tB-P\n", [("1 2", [("P", "2")])], [], id="numbers as tokens"),
        pytest.param(
            "a\tB-P\n\nb\n\nc\tO\n", [("a", [("P", "a")]), ("c", [])], [("InvalidLine", "a.conll:3")], id="no tag"
        ),
        pytest.param("a\tPER\n", [], [("InvalidLine", "a.conll:1")], id="no scheme"),
        pytest.param("\tB-P\n", [], [("InvalidLine", "a.conll:1")], id="no token"),
        pytest.param(
            "a\tB-P\nb\tO\nc\tI-P\n",
            [("a b c", [("P", "a"), ("P", "c")])],
            [("BrokenSequence", "a.conll:3")],
            id="stray I",
        ),
        pytest.param("a\tI-P\nb\tB-P\n", [("a b", [("P", "a"), ("P", "b")])], [], id="IOB1"),
        pytest.param("a\tB-P\nb\tL-P\nc\tU-Q\n", [("a b c", [("P", "a b"), ("Q", "c")])], [], id="BILOU"),
        pytest.param("a\tB-P\nb\tE-P\nc\tS-Q\n", [("a b c", [("P", "a b"), ("Q", "c")])], [], id="IOBES"),
        pytest.param("a\tU-P\nb\tS-P\n", [], [("InvalidTag", "a.conll:2")], id="two schemes"),
        pytest.param("", [], [], id="empty"),
    ],
)
def test_layouts(content: str, documents: Found, problems: list[tuple[str, str]]) -> None:
    assert found(content) == (documents, problems)


def test_a_chosen_scheme_is_kept_to() -> None:
    documents, problems = found("a\tI-P\n\nb\tU-P\n", ImportOptions(scheme=TagScheme.IOB2))
    assert documents == [("a", [("P", "a")])]
    assert problems == [("BrokenSequence", "a.conll:1"), ("InvalidTag", "a.conll:3")]


@pytest.mark.parametrize(
    ("content", "text", "code"),
    [
        ("é\tB-P\n".encode("utf-16"), "é", None),
        (b"\xef\xbb\xbfa\tB-P\n", "a", None),
        ("Müller\tB-P\nGröße\tO\nist\tO\nschön\tO\n".encode("cp1252"), "Müller Größe ist schön", "EncodingGuessed"),
    ],
)
def test_encodings(content: bytes, text: str, code: str | None) -> None:
    imported = read(content, "a.conll")
    assert [document.text for document in imported.documents] == [text]
    assert [problem.code for problem in imported.report] == ([code] if code else [])


@pytest.mark.parametrize(
    ("text", "labels", "lines", "codes"),
    [
        pytest.param("Bo Li's!", [(0, 5)], ["Bo B-P", "Li I-P", "' O", "s O", "! O"], [], id="words and signs"),
        pytest.param("unhappy", [(2, 7)], ["un O", "happy B-P"], ["TokenCut"], id="a label inside a word"),
        pytest.param("漢字abc", [(0, 1), (1, 2)], ["漢 B-P", "字 B-P", "abc O"], [], id="ideographs stand alone"),
        pytest.param("a\r\nb", [(0, 4)], ["a B-P", "b I-P"], [], id="line ends are blanks"),
        pytest.param("a  b", [(1, 3)], ["a O", "b O"], ["EmptyLabel"], id="a label on white space"),
        pytest.param(" \n", [], [], ["EmptyDocument"], id="no token"),
    ],
)
def test_written_tokens(text: str, labels: list[tuple[int, int]], lines: list[str], codes: list[str]) -> None:
    exported = write([Document("1", text, tuple(Label(start, end, "P") for start, end in labels))])
    assert exported.content.decode().replace("\t", " ").splitlines() == lines
    assert [(problem.code, problem.target) for problem in exported.report] == [(code, "1") for code in codes]


def test_a_category_that_no_column_can_hold() -> None:
    exported = write([Document("1", "a", (Label(0, 1, "P\tQ"),))], ExportOptions())
    assert exported.content == b"a\tO\n"
    assert [problem.code for problem in exported.report] == ["InvalidCategory"]
