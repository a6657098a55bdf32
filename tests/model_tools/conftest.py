"""A tiny encoder and a model trained from it: the whole path in seconds, without downloaded weights."""

from pathlib import Path

import msgspec
import pytest

from model_tools.artifact import Artifact
from model_tools.documents import Document, write_jsonl
from model_tools.inference.predictor import Predictor
from model_tools.spans import Label

NAMES = ["Ana Li", "Bo Chen", "Carla Diaz", "Dan Eby", "Eva Fox", "Finn Gray", "Gia Hall", "Hugo Ito"]
CITIES = ["Rome", "Bern", "New York", "Oslo", "Lima", "Cairo"]
PATTERNS = ["{name} lives in {city}.", "In {city}, we met {name} at noon.", "{name} left {city} for {city}!"]
WORDS = sorted(
    {word for text in [*NAMES, *CITIES, "lives in we met at noon left for"] for word in text.lower().split()}
)


def toy_documents(n: int) -> list[Document]:
    """Sentences about who is where; every fourth is for testing."""
    documents = []
    for i in range(n):
        text, labels = "", []
        for j, piece in enumerate(PATTERNS[i % 3].replace("}", "{").split("{")):
            if piece in ("name", "city"):
                value = (NAMES if piece == "name" else CITIES)[(3 * i + j) % (8 if piece == "name" else 6)]
                labels.append(Label(len(text), len(text) + len(value), piece.capitalize()))
                piece = value  # noqa: PLW2901
            text += piece
        documents.append(Document(f"{i}.txt", text, tuple(labels), "en", "test" if i % 4 == 3 else "train"))
    return documents


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights, in Hugging Face's folder form."""
    torch = pytest.importorskip("torch", reason="training is not installed")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters), *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=96,
            max_position_embeddings=64,
        )
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def toy_recipe_file(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default recipe, cut down to the tiny encoder."""
    import tomllib
    from importlib.resources import files

    values = tomllib.loads((files("model_tools.training") / "recipes" / "default.toml").read_text())
    values |= {
        "name": "toy",
        "encoder": str(tiny_encoder),
        "window": 32,
        "overlap": 8,
        "min_steps": 120,
        "max_steps": 120,
        "batch_tokens": 256,
        "encoder_learning_rate": 3e-3,
        "head_learning_rate": 1e-2,
        "dropout": 0.0,
        "precision": "fp32",
    }
    path = tmp_path_factory.mktemp("recipe") / "toy.toml"
    path.write_text("\n".join(f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items()))
    return path


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`toy_documents` as a file."""
    path = tmp_path_factory.mktemp("data") / "toy.jsonl"
    write_jsonl(path, toy_documents(48))
    return path


@pytest.fixture(scope="session")
def toy_artifact(toy_recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A model trained on `toy_documents`, quantised."""
    from model_tools.training.parts import split_parts
    from model_tools.training.pipeline import train
    from model_tools.training.recipe import load_recipe

    recipe = load_recipe(str(toy_recipe_file))
    parts = split_parts(toy_documents(48), recipe)
    return train(parts, tmp_path_factory.mktemp("models") / "toy", recipe)


@pytest.fixture(scope="session")
def predictor(toy_artifact: Artifact) -> Predictor:
    """The served form of `toy_artifact`."""
    return Predictor.load(toy_artifact.folder)
