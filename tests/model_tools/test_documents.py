"""The JSONL file: what is written is read back, and what cannot be used names file and line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.documents import SPLITS, Document, jsonl_lines, parse_jsonl, read_jsonl, write_jsonl
from model_tools.errors import InvalidInputError
from model_tools.spans import Label

CHARACTERS = st.characters(exclude_categories=["Cs"])


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    result = []
    for i in range(draw(st.integers(0, 4))):
        text = draw(st.text(CHARACTERS, max_size=30))
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
        labels = tuple(
            Label(start, end, draw(st.text(CHARACTERS, min_size=1, max_size=5)))
            for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        )
        result.append(Document(f"{i}.txt", text, labels, "ja", draw(st.sampled_from([*SPLITS, None]))))
    return result


@given(documents())
def test_the_round_trip_keeps_everything(written: list[Document]) -> None:
    content = "".join(jsonl_lines(written)).encode()
    assert parse_jsonl(content, "x.jsonl") == written


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb\n", "\u2028 \x85", "e\u0301 🎉 \u200d", "\ufeffx"])
def test_line_ends_and_odd_characters_survive_the_disk(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.jsonl"
    write_jsonl(path, [Document("1", text), Document("2", "b")])
    assert [document.text for document in read_jsonl(path)] == [text, "b"]
    assert path.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize(
    "wrap",
    [lambda line: b"\xef\xbb\xbf" + line, lambda line: line.replace(b"\n", b"\r\n"), lambda line: b"\n" + line + b"\n"],
)
def test_files_of_other_tools_are_read(wrap: Callable[[bytes], bytes]) -> None:
    content = wrap(b'{"id": 7, "text": "Ann", "labels": [{"category": "P", "offset": 0, "length": 3}]}\n')
    assert parse_jsonl(content, "x.jsonl") == [Document("7", "Ann", (Label(0, 3, "P"),))]


def record(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "text": "Ann met Bob", "labels": [{"category": "P", "offset": 0, "length": 3}], **changes}


def label(**changes: Any) -> list[dict[str, Any]]:
    return [{"category": "P", "offset": 0, "length": 3, **changes}]


REFUSED = {
    "no object": [1],
    "no text": {"id": "1"},
    "text of another type": record(text=5),
    "no id": {"text": "a"},
    "blank id": record(id=""),
    "lone surrogate": record(text="a\ud800", labels=[]),
    "unknown split": record(split="valid"),
    "language of another type": record(language=5),
    "labels of another type": record(labels={"a": 1}),
    "label of another type": record(labels=["P"]),
    "no category": record(labels=label(category=None)),
    "blank category": record(labels=label(category="")),
    "offset as text": record(labels=label(offset="0")),
    "offset with a fraction": record(labels=label(offset=0.5)),
    "offset as truth": record(labels=label(offset=True)),
    "negative offset": record(labels=label(offset=-1)),
    "no length": record(labels=label(length=0)),
    "outside the text": record(labels=label(length=99)),
    "overlap": record(labels=label() + label(offset=2)),
}


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED.keys())
def test_a_line_that_cannot_be_used_is_named(bad: object) -> None:
    content = json.dumps(record(id="0")) + "\n\n" + json.dumps(bad) + "\n"
    with pytest.raises(InvalidInputError, match=r"^x\.jsonl:3: "):
        parse_jsonl(content.encode(), "x.jsonl")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", r"^x\.jsonl:1: not JSON: Expecting property name enclosed in double quotes at column 2\.$"),
        (b"[" * 100_000, r"^x\.jsonl:1: not JSON"),
        (b'{"id": "1", "text": "caf\xe9"}', r"^x\.jsonl: not UTF-8"),
        (b'{"id": "1", "text": "a"}\n{"id": 1, "text": "b"}', r"^x\.jsonl:2: the id '1' occurs twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        parse_jsonl(content, "x.jsonl")


def test_all_lines_that_cannot_be_used_are_told_of_at_once() -> None:
    good, bad = record(id="good"), [record(id=f"bad{i}", split="valid") for i in range(14)]
    content = "\n".join(json.dumps(one) for one in [bad[0], good, *bad[1:], good]) + "\n{"
    with pytest.raises(InvalidInputError) as caught:
        parse_jsonl(content.encode(), "x.jsonl")
    message = caught.value.message
    assert message.startswith("16 lines cannot be used. x.jsonl:1: document 'bad0': `split` is one of")
    assert "x.jsonl:3: document 'bad1':" in message
    assert "bad10" not in message
    assert message.endswith("And 6 more.")
    assert [problem.target for problem in caught.value.problems] == [f"x.jsonl:{i}" for i in (1, *range(3, 18))]
    assert "the id 'good' occurs twice" in caught.value.problems[-2].message
