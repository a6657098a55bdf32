"""Documents to training examples."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from model_tools.documents import Document
from model_tools.errors import InvalidInputError
from model_tools.inference.windows import WindowTokenizer
from model_tools.spans import Label
from model_tools.tags import tag_names
from model_tools.training.encode import IGNORED, Example, encode_documents

CATEGORIES = ("City", "Name")
TAGS = tag_names(CATEGORIES)


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path) -> WindowTokenizer:
    inner = Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))
    return WindowTokenizer(inner, window=16, overlap=4)


def tags_of(example: Example) -> str:
    return " ".join("-" if tag_id == IGNORED else TAGS[tag_id] for tag_id in example.tag_ids)


def test_the_first_piece_of_a_word_carries_its_tag(tokenizer: WindowTokenizer) -> None:
    document = Document("1", "Zoe in Rio", (Label(0, 3, "Name"), Label(7, 10, "City")))
    encoded = encode_documents([document], CATEGORIES, tokenizer)
    (example,) = encoded.examples
    assert encoded.tagging_unit == "word"
    assert encoded.warnings == []
    assert tags_of(example) == "- B-Name - - O B-City - - -"


def test_every_piece_carries_a_tag_when_the_unit_is_the_sub_word(tokenizer: WindowTokenizer) -> None:
    document = Document("1", "Zoe in", (Label(0, 2, "Name"),))
    encoded = encode_documents([document], CATEGORIES, tokenizer, "subword")
    assert tags_of(encoded.examples[0]) == "- B-Name I-Name O O -"
    assert encoded.warnings == []


def test_labels_inside_words_choose_the_sub_word(tokenizer: WindowTokenizer) -> None:
    documents = [Document("1", "Zoe in", (Label(0, 2, "Name"),))]
    assert encode_documents(documents, CATEGORIES, tokenizer).tagging_unit == "subword"


def test_a_rare_slip_is_widened_and_reported(tokenizer: WindowTokenizer) -> None:
    documents = [Document(str(i), "Zoe in", (Label(0, 3, "Name"),)) for i in range(20)]
    documents.append(Document("slip.txt", "Zoe in", (Label(0, 2, "Name"),)))
    encoded = encode_documents(documents, CATEGORIES, tokenizer)
    assert encoded.tagging_unit == "word"
    assert [(warning.code, warning.document) for warning in encoded.warnings] == [("MisalignedLabel", "slip.txt")]
    assert tags_of(encoded.examples[-1]) == "- B-Name - - O -"


def test_long_documents_become_several_windows(tokenizer: WindowTokenizer) -> None:
    document = Document("1", "in Rio " * 20, tuple(Label(7 * i + 3, 7 * i + 6, "City") for i in range(20)))
    examples = encode_documents([document], CATEGORIES, tokenizer).examples
    assert len(examples) > 3
    assert all(len(example.input_ids) == len(example.tag_ids) == len(example.word_shapes) == 16 for example in examples)
    assert {tags_of(example).split()[0] for example in examples} == {"-"}


GOOD = Document("good.txt", "Zoe in Rio", (Label(0, 3, "Name"),))


@pytest.mark.parametrize("text", [" \r\n", "\u200b\u200b", "\ufeff", "\x00\x00\x00", ""])
def test_a_document_with_nothing_to_read_is_reported_and_teaches_nothing(tokenizer: WindowTokenizer, text: str) -> None:
    labels = (Label(0, 1, "Name"),) if text else ()
    encoded = encode_documents([GOOD, Document("bad.txt", text, labels)], CATEGORIES, tokenizer)
    assert len(encoded.examples) == 1
    assert [(warning.code, warning.document) for warning in encoded.warnings] == [("EmptyDocument", "bad.txt")]


@pytest.mark.parametrize("texts", [["\u200b"], ["\ufeff", "  "], [""]])
def test_nothing_to_read_anywhere_is_refused(tokenizer: WindowTokenizer, texts: list[str]) -> None:
    documents = [Document(str(i), text, (Label(0, 1, "Name"),) if text else ()) for i, text in enumerate(texts)]
    with pytest.raises(InvalidInputError, match="no text that the model could read"):
        encode_documents(documents, CATEGORIES, tokenizer)


def test_a_label_of_nothing_to_read_is_reported(tokenizer: WindowTokenizer) -> None:
    document = Document("1.txt", "Zoe in Rio \u200b ", (Label(0, 3, "Name"), Label(11, 12, "City")))
    encoded = encode_documents([document], CATEGORIES, tokenizer, "word")
    assert [(warning.code, warning.document) for warning in encoded.warnings] == [("EmptyLabel", "1.txt")]
    assert "City [11, 12)" in encoded.warnings[0].message


def test_a_window_within_one_word_is_left_out(tokenizer: WindowTokenizer) -> None:
    document = Document("1.txt", "Rio " + "x" * 90, (Label(0, 3, "City"),))
    examples = encode_documents([document], CATEGORIES, tokenizer, "word").examples
    assert [tags_of(example).split()[1:3] for example in examples] == [["B-City", "-"]]
