"""The model folder: the contract between training, which writes it, and inference, which reads it."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from model_tools.errors import ArtifactError, ConflictError

SCHEMA_VERSION = 1

MODEL, TOKENIZER, EVALUATION, MANIFEST = "model.onnx", "tokenizer.json", "evaluation.json", "manifest.json"
SPLIT = "split.json"
_NEEDED = (MODEL, TOKENIZER, EVALUATION)
_HASHED = (*_NEEDED, SPLIT)

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


class Split(msgspec.Struct, frozen=True):
    """Ids of the documents by use, in the order they came: `split.json`."""

    train: tuple[str, ...]
    dev: tuple[str, ...]
    """For early stopping and calibration."""
    test: tuple[str, ...]

    def to_json(self) -> bytes:
        """The form of `split.json`."""
        return msgspec.json.encode(self)


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


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model folder and its manifest. The only place that spells the file names."""

    folder: Path
    manifest: Manifest

    @property
    def model(self) -> Path:
        """The ONNX graph."""
        return self.folder / MODEL

    @property
    def tokenizer(self) -> Path:
        """The fast tokenizer, as Hugging Face's `tokenizers` writes it."""
        return self.folder / TOKENIZER

    @property
    def evaluation(self) -> Path:
        """The evaluation report; see `model_tools.evaluation.report`."""
        return self.folder / EVALUATION

    @property
    def split(self) -> Path:
        """Which documents were used for what; see `Split`. Absent from older models."""
        return self.folder / SPLIT

    def read_split(self) -> Split:
        """The content of `split`; without the file, nothing is known of any document.

        Raises:
            ArtifactError: the file is no split.
        """
        try:
            return msgspec.json.decode(self.split.read_bytes(), type=Split)
        except FileNotFoundError:
            return Split((), (), ())
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{SPLIT} cannot be read: {error}.", target=SPLIT) from error

    @property
    def paths(self) -> list[Path]:
        """Every file of the folder; the manifest last, since a folder without it is no model."""
        return [*(self.folder / name for name in self.manifest.files), self.folder / MANIFEST]

    @property
    def manifest_sha256(self) -> str:
        """Of the manifest as it lies in the folder: stands for all files, whose hashes it has."""
        return sha256_of(self.folder / MANIFEST)

    @property
    def size_bytes(self) -> int:
        """Of all files together, on disk."""
        return sum(record.size for record in self.manifest.files.values())

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True, manifest_sha256: str | None = None) -> "Artifact":
        """Reads the manifest and, unless told otherwise, checks every file against its hash.

        Args:
            folder: what training wrote.
            verify: leave it off only where the files were just checked.
            manifest_sha256: see `Manifest.from_json`.

        Raises:
            ArtifactError: a file is missing, was altered, or is of a schema this code does not read.
        """
        path = folder / MANIFEST
        try:
            manifest = Manifest.from_json(path.read_bytes(), sha256=manifest_sha256)
        except FileNotFoundError as error:
            raise ArtifactError(f"{MANIFEST} is missing from {folder}: this is not a model folder.") from error
        if verify:
            for name in dict.fromkeys((*_NEEDED, *manifest.files)):
                _verify(folder / name, manifest.files.get(name))
        return cls(folder, manifest)

    @classmethod
    def seal(cls, folder: Path, manifest: Manifest) -> "Artifact":
        """Writes the manifest, with the hashes of the other files, as the last file of the folder."""
        files = {name: _record(folder / name) for name in _HASHED if (folder / name).exists()}
        sealed = msgspec.structs.replace(manifest, files=files)
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=2))
        return cls(folder, sealed)


def refuse_to_overwrite(folder: Path) -> None:
    """Checks that `folder` is free, or a model folder that a new model may replace.

    Raises:
        ConflictError: something else lives there.
    """
    if folder.exists() and not (folder / MANIFEST).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(f"{folder} exists and is not a model folder; it is left alone.", target=str(folder))


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A draft folder that becomes `folder` when the block ends well, and vanishes when it does not.

    The draft lies beside its goal, so the last step is a rename and no half-written model ever loads.

    Raises:
        ConflictError: see `refuse_to_overwrite`.
    """
    refuse_to_overwrite(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        yield draft
        refuse_to_overwrite(folder)
        if folder.exists():
            folder.rename(Path(scratch) / "replaced")
        draft.rename(folder)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(path: Path) -> FileRecord:
    return FileRecord(sha256_of(path), path.stat().st_size)


def _verify(path: Path, expected: FileRecord | None) -> None:
    if expected is None:
        raise ArtifactError(f"{MANIFEST} does not list {path.name}.", target=path.name)
    if not path.is_file():
        raise ArtifactError(f"{path.name} is missing from {path.parent}.", target=path.name)
    found = _record(path)
    if found != expected:
        raise ArtifactError(
            f"{path.name} is not the file that the manifest describes: {found.size} bytes with SHA-256 {found.sha256}, "
            f"not {expected.size} bytes with {expected.sha256}.",
            target=path.name,
        )
