"""Decoding: the best legal sequence, and confidences that are probabilities."""

import time
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from model_tools.inference.decode import Decoder, log_softmax
from model_tools.tags import can_follow, tag_names

TAGS = tag_names(["City", "Name"])
LOGITS = arrays(np.float32, st.tuples(st.integers(1, 5), st.just(len(TAGS))), elements=st.floats(-8, 8, width=16))


def is_legal(path: tuple[int, ...]) -> bool:
    return all(can_follow(previous, tag) for previous, tag in pairwise(["O", *(TAGS[i] for i in path)]))


@given(LOGITS)
def test_best_path_is_the_best_legal_one(logits: NDArray[np.float32]) -> None:
    scores = log_softmax(logits.astype(np.float64))
    path = tuple(Decoder(TAGS).best_path(scores).tolist())
    assert is_legal(path)

    def total(candidate: tuple[int, ...]) -> float:
        return float(scores[np.arange(len(scores)), list(candidate)].sum())

    best = max(total(candidate) for candidate in product(range(len(TAGS)), repeat=len(scores)) if is_legal(candidate))
    assert total(path) == pytest.approx(best)


@given(st.integers(0, 2**32), st.integers(7, 60), st.floats(0.0, 3.0))
def test_searching_only_around_illegal_steps_finds_the_best_of_a_long_text(seed: int, n: int, legality: float) -> None:
    generator = np.random.default_rng(seed)
    # Long stretches of one tag, disturbed: sequences that are sometimes legal and sometimes far from it.
    wanted = np.repeat(generator.integers(0, len(TAGS), n), generator.integers(1, 5, n))[:n]
    scores = log_softmax(generator.normal(size=(n, len(TAGS))) + legality * np.eye(len(TAGS))[wanted])
    path = tuple(Decoder(TAGS).best_path(scores).tolist())
    assert is_legal(path)

    # The whole of it, a token at a time: the best total of a sequence that ends in each tag.
    best = np.where([can_follow("O", tag) for tag in TAGS], scores[0], -np.inf)
    for row in scores[1:]:
        arriving = [max(best[i] for i, previous in enumerate(TAGS) if can_follow(previous, tag)) for tag in TAGS]
        best = np.array(arriving) + row
    assert scores[np.arange(n), list(path)].sum() == pytest.approx(best.max())


@pytest.mark.parametrize("kind", ["inside all along", "two insides in turn", "noise", "insides here and there"])
def test_the_search_takes_time_in_proportion_to_the_text(kind: str) -> None:
    """Also where the best tags are illegal at every step. Processor time; quadratic work would take 64 times as long."""

    def seconds(n: int) -> float:
        logits = np.zeros((n, len(TAGS)), dtype=np.float32)
        inside = [TAGS.index("I-City"), TAGS.index("I-Name")]
        match kind:
            case "inside all along":
                logits[:, inside[0]] = 5
            case "two insides in turn":
                logits[::2, inside[0]] = logits[1::2, inside[1]] = 5
            case "noise":
                logits = np.random.default_rng(0).normal(size=logits.shape).astype(np.float32)
            case _:
                logits[::7, inside[0]] = 5
        decoder, spent = Decoder(TAGS), []
        for _ in range(3):
            started = time.process_time()
            decoder.decode(logits)
            spent.append(time.process_time() - started)
        return min(spent)

    assert seconds(32_000) < 24 * max(seconds(4_000), 0.001)


@given(LOGITS, st.floats(-1e4, 1e4))
def test_log_softmax_gives_probabilities_that_a_shift_leaves_alone(logits: NDArray[np.float32], shift: float) -> None:
    values = logits.astype(np.float64)
    np.testing.assert_allclose(np.exp(log_softmax(values)).sum(axis=-1), 1)
    np.testing.assert_allclose(log_softmax(values + shift), log_softmax(values), atol=1e-9)
    np.testing.assert_allclose(np.diff(log_softmax(values)), np.diff(values), atol=1e-12)


@given(LOGITS, st.floats(0.5, 4))
def test_runs_are_ordered_and_confidences_are_shares(logits: NDArray[np.float32], temperature: float) -> None:
    runs = Decoder(TAGS, temperature=temperature).decode(logits)
    bounds = [bound for run in runs for bound in (run.start_token, run.end_token)]
    assert bounds == sorted(bounds)
    assert all(run.start_token < run.end_token for run in runs)
    assert all(0 <= run.confidence <= 1 for run in runs)


def rows(*tags: str, height: float = 6.0) -> NDArray[np.float32]:
    return np.array([[height * (one == tag) for one in TAGS] for tag in tags], dtype=np.float32)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O O O", []),
        ("B-City I-City O", [(0, 2, "City")]),
        ("B-City B-City O", [(0, 1, "City"), (1, 2, "City")]),
        ("B-City B-Name I-Name", [(0, 1, "City"), (1, 3, "Name")]),
        ("O O B-Name", [(2, 3, "Name")]),
    ],
)
def test_decode(tags: str, expected: list[tuple[int, int, str]]) -> None:
    runs = Decoder(TAGS).decode(rows(*tags.split()))
    assert [(run.start_token, run.end_token, run.category) for run in runs] == expected


def test_no_tokens_no_entities() -> None:
    assert Decoder(TAGS).decode(np.empty((0, len(TAGS)), dtype=np.float32)) == []


def test_confidence_is_that_of_the_weakest_link() -> None:
    logits = rows("B-City", "I-City", "O")
    logits[1] /= 4
    shares = np.exp(log_softmax(logits.astype(np.float64)))
    (run,) = Decoder(TAGS).decode(logits)
    assert run.confidence == pytest.approx(shares[1, TAGS.index("I-City")])

    logits = rows("B-City", "O", "O")
    logits[1, TAGS.index("I-City")] = 5.9
    shares = np.exp(log_softmax(logits.astype(np.float64)))
    (run,) = Decoder(TAGS).decode(logits)
    assert run.confidence == pytest.approx(1 - shares[1, TAGS.index("I-City")])


def test_a_higher_temperature_lowers_the_confidence() -> None:
    logits = rows("B-City", "O")
    (sharp,), (soft,) = Decoder(TAGS).decode(logits), Decoder(TAGS, temperature=3.0).decode(logits)
    assert (sharp.start_token, sharp.end_token) == (soft.start_token, soft.end_token)
    assert 0.5 < soft.confidence < sharp.confidence
