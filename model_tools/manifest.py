"""`manifest.json`: everything about a model version that is not its weights."""

import hashlib
from datetime import datetime
from typing import Any, Literal

import msgspec

from model_tools.errors import ArtifactError

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"

Dtype = Literal["fp32", "int8"]
TaggingUnit = Literal["word", "subword"]
"""What carries one tag: a word of the tokenizer's own splitting, or each of its sub-words."""


class FileRecord(msgspec.Struct, frozen=True):
    """What a file of the folder must be."""

    sha256: str
    size: int
    """Bytes."""


class EncoderRecord(msgspec.Struct, frozen=True):
    """The pretrained encoder that was fine-tuned."""

    name: str
    """As the recipe names it."""
    sha256: str
    """Of its weights."""


class Calibration(msgspec.Struct, frozen=True):
    """How confidences were made to mean a probability."""

    temperature: float
    """Divides the logits; above 1 it lowers the confidences."""
    entities: int
    """Predicted entities it was fitted on; 0 means that there were too few, and the recipe's value stands."""
    fitted_on: Literal["dev", "test"] | None = None
    """The split of these entities. One number is fitted, so that test documents can serve where none are spared."""


class Threshold(msgspec.Struct, frozen=True):
    """Advice for one category: entities below are better dropped. Prediction returns them all the same."""

    confidence: float
    f1: float
    """Strict, of the category, if they are dropped, on the documents of `Manifest.thresholds_fitted_on`; on the test
    documents cross-fitted, as in the evaluation."""
    f1_of_all: float
    """If they are not."""


class Quantisation(msgspec.Struct, frozen=True):
    """One way of making the model smaller, and what it cost."""

    scheme: str
    """`fp32`, `int8`, …"""
    size: int
    """Bytes of `model.onnx`."""
    f1: float
    """Strict micro F1 on the documents of `measured_on`."""
    chosen: bool


class Warned(msgspec.Struct, frozen=True):
    """Something in the training data that the user should look at."""

    code: str
    message: str
    document: str | None = None


class Metrics(msgspec.Struct, frozen=True):
    """The summary of `evaluation.json`."""

    micro_precision: float
    micro_recall: float
    micro_f1: float
    macro_f1: float
    n_documents: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a model version that is not its weights."""

    schema_version: int = SCHEMA_VERSION
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    """Names of the model's outputs, in order."""
    inputs: tuple[str, ...]
    """Names of the graph's inputs."""
    window: int
    """Tokens the model sees at once, special tokens included."""
    overlap: int
    """Tokens that neighbouring windows share."""
    tagging_unit: TaggingUnit
    dtype: Dtype
    calibration: Calibration
    encoder: EncoderRecord
    recipe: dict[str, Any]
    """The whole recipe, as it was used."""
    seed: int
    dataset_sha256: str
    """Of the documents' JSONL form."""
    n_train_documents: int
    versions: dict[str, str]
    """Of the libraries that trained and exported."""
    created: datetime
    training_seconds: float
    parity: float | None = None
    """The largest difference of a logit between the trained network and its fp32 export, on training windows."""
    quantisation: tuple[Quantisation, ...] = ()
    thresholds: dict[str, Threshold] = {}
    """By category; one that is not here gains nothing by a threshold. Absent from older models."""
    thresholds_fitted_on: Literal["dev", "test"] | None = None
    """The split that they were chosen on. Where it is the test split, their F1 there is measured by cross-fitting."""
    measured_on: str = "test"
    """The split whose documents decided about the quantisation."""
    metrics: Metrics | None = None
    warnings: tuple[Warned, ...] = ()
    files: dict[str, FileRecord] = {}

    @classmethod
    def from_json(cls, data: bytes, *, sha256: str | None = None) -> "Manifest":
        """Reads `manifest.json`.

        Args:
            data: its bytes.
            sha256: of them, where it is known from elsewhere. The manifest has the hashes of all other files, so that
                whoever puts other files beside it makes it fit them; this is what it cannot be made to fit.

        Raises:
            ArtifactError: it is not that, not the one of `sha256`, or of a schema this code does not read.
        """
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256:
            raise ArtifactError(
                f"{MANIFEST} is not the one that was written with this model: SHA-256 {found}, not {sha256}.",
                target=MANIFEST,
            )
        try:
            manifest = msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{MANIFEST} cannot be read: {error}.", target=MANIFEST) from error
        if manifest.schema_version != SCHEMA_VERSION:
            raise ArtifactError(
                f"{MANIFEST} has schema version {manifest.schema_version}; this code reads {SCHEMA_VERSION}.",
                target=MANIFEST,
            )
        return manifest
