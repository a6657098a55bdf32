"""A real model folder made in milliseconds: a tokenizer, and an ONNX graph that looks each token's tag up in a table."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from model_tools.artifact import Artifact
from model_tools.evaluation.report import evaluate
from model_tools.inference.predictor import Predictor
from model_tools.inference.session import INPUT_IDS
from model_tools.manifest import Calibration, EncoderRecord, Manifest
from tests.functions.world import CATEGORIES, TEST_DOCUMENTS

TAGS = ("O", "B-City", "I-City", "B-Person", "I-Person")
TAG_OF_WORD = {
    "rome": "B-City",
    "東": "B-City",
    "京": "I-City",
    "jose\u0301": "B-Person",  # the last letter is two code points
    "ana": "B-Person",
    "li": "I-Person",
    "oslo": "B-City",
}
UNSURE = "oslo"
"""The model gives this one a confidence of about a half."""


def write_tiny_model(folder: Path) -> Artifact:
    """Writes the model folder and gives it sealed."""
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *TAG_OF_WORD]
    manifest = _manifest()
    draft = Artifact(folder, manifest)
    _tokenizer(vocabulary).save(str(draft.tokenizer))
    onnx.save(_graph(_table(vocabulary)), draft.model)
    report = evaluate(Predictor(draft), TEST_DOCUMENTS)
    draft.evaluation.write_bytes(report.to_json())
    return Artifact.seal(folder, manifest)


def _tokenizer(vocabulary: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _table(vocabulary: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    table = np.zeros((len(vocabulary), len(TAGS)), dtype=np.float32)
    for i, word in enumerate(vocabulary):
        tag = TAG_OF_WORD.get(word, "O")
        # Four other tags at 0: a logit of 1.5 means a probability of 0.53, one of 12 means certainty.
        table[i, TAGS.index(tag)] = 1.5 if word == UNSURE else 12.0
    return table


def _graph(table: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", INPUT_IDS], ["logits"])],
        "tag-table",
        [helper.make_tensor_value_info(INPUT_IDS, TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", len(TAGS)])],
        [numpy_helper.from_array(table, "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _manifest() -> Manifest:
    return Manifest(
        categories=CATEGORIES,
        tags=TAGS,
        inputs=(INPUT_IDS,),
        window=64,
        overlap=16,
        tagging_unit="word",
        dtype="fp32",
        calibration=Calibration(1.0, 0),
        encoder=EncoderRecord("none", "0" * 64),
        recipe={"name": "table"},
        seed=0,
        dataset_sha256="0" * 64,
        n_train_documents=0,
        versions={},
        created=datetime(2026, 1, 1, tzinfo=UTC),
        training_seconds=0.0,
    )
