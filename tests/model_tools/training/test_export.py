"""The exported graphs against the network they come from."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training is not installed")

import torch
from torch import nn

from model_tools.documents import read_jsonl
from model_tools.errors import NotFoundError
from model_tools.inference.session import TokenClassifier
from model_tools.inference.windows import WindowTokenizer
from model_tools.tags import tag_names
from model_tools.training.encoder import find_encoder
from model_tools.training.export import INT8_SCHEMES, Scheme, export_fp32, quantise
from model_tools.training.model import ShapedTokenClassifier, create_model
from model_tools.training.parity import TOLERANCE
from model_tools.training.recipe import load_recipe

REAL_TEXTS = Path(__file__).parents[3] / ".." / "shared" / "data" / "jsonl"
TAGS = tag_names(["City", "Name"])
Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def real_encoder() -> Path:
    try:
        return find_encoder(load_recipe("default").encoder)
    except NotFoundError as error:
        pytest.skip(error.message)


@pytest.fixture(scope="module")
def model(real_encoder: Path) -> ShapedTokenClassifier:
    """The default encoder with a random head, and word shapes that matter."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = create_model(real_encoder, TAGS, load_recipe("default")).eval()
        torch.nn.init.normal_(model.shape_embeddings.weight, std=0.05)
        assert isinstance(model.backbone.classifier, nn.Linear)
        torch.nn.init.normal_(model.backbone.classifier.weight, std=0.5)
    return model


@pytest.fixture(scope="module")
def fp32(model: ShapedTokenClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fp32") / "model.onnx"
    export_fp32(model, path)
    return path


@pytest.fixture(scope="module")
def windows(real_encoder: Path) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    files = [REAL_TEXTS / name for name in ("azure_loan_agreements.jsonl", "prodigy_food_ingredients.jsonl")]
    if not files[0].exists():
        pytest.skip("the reference data is not here")
    recipe = load_recipe("default")
    tokenizer = WindowTokenizer.from_file(real_encoder / "tokenizer.json", window=recipe.window, overlap=recipe.overlap)
    result = []
    for document in (document for file in files for document in read_jsonl(file)[:8]):
        tokens = tokenizer.tokenize(document.text)
        window = tokenizer.windows(tokens)[0]
        result.append((tokenizer.input_ids(tokens, window), tokenizer.word_shapes(tokens, window)))
    return result


def torch_logits(model: ShapedTokenClassifier, input_ids: NDArray[np.int64], shapes: NDArray[np.int64]) -> Floats:
    with torch.no_grad():
        logits: Floats = model(torch.from_numpy(input_ids[None]), torch.from_numpy(shapes[None]))[0].numpy()
    return logits


def test_fp32_gives_the_network_s_logits_on_real_texts(
    model: ShapedTokenClassifier, fp32: Path, windows: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> None:
    classifier = TokenClassifier(fp32)
    assert classifier.inputs == ("input_ids", "word_shapes")
    for input_ids, shapes in windows:
        expected = torch_logits(model, input_ids, shapes)
        np.testing.assert_allclose(classifier.logits(input_ids, shapes), expected, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("scheme", "bounds"),
    [(INT8_SCHEMES[0], {"size": 0.3, "correlation": 0.9}), (INT8_SCHEMES[1], {"size": 0.7, "correlation": 0.999})],
)
def test_int8_is_smaller_and_gives_much_the_same_logits(
    fp32: Path,
    tmp_path: Path,
    windows: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    scheme: Scheme,
    bounds: dict[str, float],
) -> None:
    path = tmp_path / "model.onnx"
    quantise(fp32, path, scheme)
    assert path.stat().st_size < bounds["size"] * fp32.stat().st_size
    exact, small = TokenClassifier(fp32), TokenClassifier(path)
    pairs = [(exact.logits(ids, shapes).ravel(), small.logits(ids, shapes).ravel()) for ids, shapes in windows]
    assert np.corrcoef(np.concatenate(pairs, axis=1))[0, 1] > bounds["correlation"]


def test_padding_in_training_does_not_change_a_window(model: ShapedTokenClassifier) -> None:
    input_ids = torch.tensor([[101, 7592, 2088, 102]])
    shapes = torch.tensor([[0, 2, 1, 0]])
    padded = torch.nn.functional.pad(input_ids, (0, 5)), torch.nn.functional.pad(shapes, (0, 5))
    mask = (padded[0] != 0).long()
    with torch.no_grad():
        alone, beside = model(input_ids, shapes), model(*padded, mask)[:, :4]
    np.testing.assert_allclose(alone.numpy(), beside.numpy(), atol=1e-4)


def test_word_shapes_start_without_a_say(real_encoder: Path) -> None:
    model = create_model(real_encoder, TAGS, load_recipe("default")).eval()
    ids = np.array([101, 7592, 2088, 102])
    plain, shouted = (torch_logits(model, ids, np.full(4, shape)) for shape in (0, 3))
    np.testing.assert_array_equal(plain, shouted)
