"""The predictor on a small trained model: any text, any company, any thread."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.inference.predictor import Predictor
from model_tools.spans import Label, overlapping_pairs
from tests.model_tools.conftest import CITIES, NAMES

SENTENCE = "Ana Li lives in Rome."


def test_it_finds_what_it_was_taught(predictor: Predictor) -> None:
    found = [(entity.text_of(SENTENCE), entity.category) for entity in predictor.predict([SENTENCE])[0]]
    assert found == [("Ana Li", "Name"), ("Rome", "City")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \t\r\n ", id="blanks"),
        pytest.param("\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467", id="emoji"),
        pytest.param("東京タワーへ行く", id="CJK"),
        pytest.param("\x00\x07\u200b\ufeff", id="control characters"),
        pytest.param("\ud800 Ana Li", id="lone surrogate"),
        pytest.param("e\u0301" * 50, id="combining marks"),
        pytest.param("x" * 100_000, id="a word of 100,000 characters"),
        pytest.param("." * 3000, id="a row of dots"),
        pytest.param("Rome\r\nRome", id="CRLF"),
    ],
)
def test_any_text_is_fine(predictor: Predictor, text: str) -> None:
    (entities,) = predictor.predict([text])
    check(text, predictor)
    assert isinstance(entities, list)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.one_of(st.sampled_from("AnaLi Rome.,\r\n"), st.characters()), max_size=120))
def test_entities_are_sorted_apart_and_trimmed(predictor: Predictor, text: str) -> None:
    check(text, predictor)


def check(text: str, predictor: Predictor) -> None:
    (entities,) = predictor.predict([text])
    assert entities == sorted(entities)
    assert not overlapping_pairs(entities)
    for entity in entities:
        assert entity.end <= len(text)
        assert entity.text_of(text) == entity.text_of(text).strip() != ""
        assert 0 <= entity.confidence <= 1


def test_offsets_are_code_points_of_the_exact_text(predictor: Predictor) -> None:
    text = SENTENCE + "\r\n\U0001f600\r\n" + SENTENCE
    after = [entity for entity in predictor.predict([text])[0] if entity.start > len(SENTENCE)]
    assert (after[-1].start, after[-1].end, after[-1].text_of(text)) == (len(text) - 5, len(text) - 1, "Rome")


def test_a_text_s_entities_do_not_depend_on_its_neighbours(predictor: Predictor) -> None:
    texts = [SENTENCE, "In New York, we met Bo Chen at noon.", "", SENTENCE * 40, "noon"]
    together = predictor.predict(texts)
    assert together == [predictor.predict([text])[0] for text in texts]
    order = list(range(len(texts)))
    random.Random(1).shuffle(order)
    assert predictor.predict([texts[i] for i in order]) == [together[i] for i in order]


def test_threads_get_what_one_caller_gets(predictor: Predictor) -> None:
    texts = [f"{name} lives in {city}." for name in ("Ana Li", "Bo Chen", "Eva Fox") for city in ("Rome", "Oslo")] * 5
    alone = [predictor.predict([text]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: predictor.predict([text]), texts)) == alone


@pytest.fixture(scope="module")
def instances(toy_artifact: Artifact) -> list[Predictor]:
    """The same folder loaded several times, with pools of different sizes."""
    return [Predictor.load(toy_artifact.folder, threads=threads) for threads in (1, 2, 5)]


ODD_WORDS = ["\U0001f600", "東京", "e\u0301", "\u2019s", "\r\n", "\ud800", "x" * 120, "...", ""]
WORDS_OF_A_TEXT = st.one_of(
    st.sampled_from([*NAMES, *CITIES, "lives in", "we met", "at noon.", *ODD_WORDS]), st.text(max_size=4)
)
SOME_TEXTS = st.lists(st.lists(WORDS_OF_A_TEXT, max_size=60).map(" ".join), min_size=1, max_size=6)
"""Of up to a dozen windows."""


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(texts=SOME_TEXTS, chance=st.randoms(use_true_random=False))
def test_a_text_gets_the_same_entities_however_it_comes(
    instances: list[Predictor], texts: list[str], chance: random.Random
) -> None:
    """Alone or beside others in any order, on any number of threads, from any instance: equal to the last bit."""
    alone = [instances[0].predict([text])[0] for text in texts]
    order = chance.sample(range(len(texts)), len(texts))
    for predictor in instances:
        assert predictor.predict([texts[i] for i in order]) == [alone[i] for i in order]
    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(lambda text: instances[2].predict([text])[0], texts)) == alone


def test_nothing_of_a_long_text_is_cut_off(predictor: Predictor) -> None:
    n = 400
    text = "\n".join([SENTENCE] * n)
    (entities,) = predictor.predict([text])
    lines = {text.count("\n", 0, entity.start) for entity in entities if entity.text_of(text) == "Rome"}
    assert len(lines) > 0.9 * n
    assert {0, n - 1} <= lines


def test_a_single_window_gives_the_session_s_own_logits(predictor: Predictor) -> None:
    tokens = predictor.tokenize(SENTENCE)
    (window,) = predictor._tokenizer.windows(tokens)
    direct = predictor._classifier.logits(
        predictor._tokenizer.input_ids(tokens, window), predictor._tokenizer.word_shapes(tokens, window)
    )
    np.testing.assert_array_equal(predictor.logits(tokens), direct[1:-1])


def test_size_and_manifest(predictor: Predictor, toy_artifact: Artifact) -> None:
    assert predictor.size_bytes == sum(path.stat().st_size for path in toy_artifact.folder.iterdir()) - (
        (toy_artifact.folder / "manifest.json").stat().st_size
    )
    assert predictor.manifest.categories == ("City", "Name")


def test_a_graph_that_is_none(toy_artifact: Artifact, tmp_path: Path) -> None:
    for path in toy_artifact.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        Predictor.load(tmp_path)
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be loaded"):
        Predictor.load(tmp_path, verify=False)


def test_a_label_is_as_probable_as_all_tag_sequences_that_have_it(predictor: Predictor) -> None:
    entities = predictor.predict([SENTENCE])[0]
    found, probabilities = predictor.judge(SENTENCE, entities)
    assert found == entities
    assert all(probability is not None and probability > 0.5 for probability in probabilities)
    first = entities[0]
    other = next(category for category in predictor.manifest.categories if category != first.category)
    unlikely = [
        Label(first.start, first.end, other),
        Label(first.start, first.end - 1, first.category),
        Label(first.start, first.end, "Nix"),
    ]
    _, (wrong, inside_a_word, unknown) = predictor.judge(SENTENCE, unlikely)
    assert wrong is not None
    assert 0 <= wrong < 0.5
    assert (inside_a_word, unknown) == (None, None)
    assert predictor.judge("", []) == ([], [])
