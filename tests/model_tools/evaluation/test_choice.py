"""Which documents are scored where the file does not say it, and what a model has seen."""

import pytest

from model_tools.artifact import Split
from model_tools.documents import Document
from model_tools.errors import InvalidInputError
from model_tools.evaluation.choice import of_split, seen_in_training, with_parts

STORED = Split(("a",), ("b",), ("c",))
DOCUMENTS = [Document(name, name) for name in "abcd"]


def test_documents_without_a_split_have_that_of_the_training() -> None:
    filled = with_parts([*DOCUMENTS, Document("e", "e", split="test")], [STORED])
    assert [document.split for document in filled] == ["train", "dev", "test", None, "test"]
    assert [document.id for document in of_split(filled, "test")] == ["c", "e"]
    assert len(of_split(filled, "all")) == 5


def test_the_file_has_the_last_word() -> None:
    (document,) = with_parts([Document("a", "a", split="test")], [STORED])
    assert document.split == "test"
    (warning,) = seen_in_training([document], [STORED])
    assert (warning.code, warning.documents) == ("EvaluatedOnTraining", ("a",))


def test_two_models_must_both_not_have_seen_a_document() -> None:
    other = Split(("c", "d"), (), ("a",))
    assert [document.split for document in with_parts(DOCUMENTS, [STORED, other])] == ["train", "dev", "train", "train"]
    (warning,) = seen_in_training(DOCUMENTS, [STORED, other])
    assert warning.documents == ("a", "b", "c", "d")


def test_what_is_only_tested_or_unknown_gives_no_warning() -> None:
    assert seen_in_training(DOCUMENTS[2:], [STORED]) == []


def test_unknown_documents_without_a_split_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="there are: none 1"):
        of_split(with_parts(DOCUMENTS[3:], [STORED]), "test")
