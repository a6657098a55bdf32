"""Documents that are not in English, and encoders that know nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.dataset.languages import foreign_language, language_mismatch
from model_tools.documents import Document
from model_tools.training.recipe import load_recipe

ENGLISH, ANY = load_recipe("default").encoder, load_recipe("multilingual").encoder


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("Ana lives in Rome.", "en", None, id="English"),
        pytest.param("Ana lives in Rome.", "en-US", None, id="a region of English"),
        pytest.param("Ana lives in Rome.", "EN_gb", None, id="written otherwise"),
        pytest.param("Ana wohnt in Rom.", "de", "de", id="declared"),
        pytest.param("Ana wohnt in Rom.", "en", None, id="Latin letters tell nothing"),
        pytest.param("Ana lives in Rome.", "und", None, id="undetermined"),
        pytest.param("Анна живёт в Риме.", "en", "cyrillic letters", id="Cyrillic"),
        pytest.param("Анна живёт в Риме.", "mul", "cyrillic letters", id="several languages, Cyrillic letters"),
        pytest.param("東京 (Tokyo)", "en", None, id="mostly Latin"),
        pytest.param("東京都庁 in JP", "en", None, id="as many of each"),
        pytest.param("東京都庁舎 JP", "en", "cjk letters", id="mostly ideographs"),
        pytest.param("\uff34\uff25\uff2c 12", "en", None, id="Latin of full width"),
        pytest.param("😀 1,234 !", "en", None, id="no letter at all"),
        pytest.param("", "en", None, id="empty"),
    ],
)
def test_foreign_language(text: str, language: str, expected: str | None) -> None:
    assert foreign_language(Document("1", text, (), language)) == expected


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    foreign_language(Document("1", text))


def documents(n_german: int, n: int) -> list[Document]:
    return [Document(f"{i}.txt", "Rom", (), "de" if i < n_german else "en") for i in range(n)]


def test_the_documents_are_named_and_the_recipe_too() -> None:
    found = language_mismatch(documents(3, 4), ENGLISH)
    assert found is not None
    assert found.documents == ("0.txt", "1.txt", "2.txt")
    assert found.message.startswith("3 of 4 documents are not in English (de)")
    assert "recipe 'multilingual'" in found.message


@pytest.mark.parametrize(("n_german", "is_told"), [(0, False), (1, False), (2, True), (20, True)])
def test_a_few_documents_are_no_reason(n_german: int, is_told: bool) -> None:
    assert (language_mismatch(documents(n_german, 20), ENGLISH) is not None) == is_told


def test_an_encoder_of_many_languages_is_no_reason() -> None:
    assert language_mismatch(documents(20, 20), ANY) is None
    assert language_mismatch([], ENGLISH) is None


@pytest.mark.parametrize("recipe", ["default", "fast", "accurate"])
def test_the_english_recipes_are_known_as_such(recipe: str) -> None:
    assert language_mismatch(documents(20, 20), load_recipe(recipe).encoder) is not None
