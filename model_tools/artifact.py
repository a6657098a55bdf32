"""The model folder: the contract between training, which writes it, and inference, which reads it."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from model_tools.errors import ArtifactError, ConflictError
from model_tools.manifest import MANIFEST, FileRecord, Manifest

MODEL, TOKENIZER, EVALUATION, SPLIT = "model.onnx", "tokenizer.json", "evaluation.json", "split.json"
_NEEDED = (MODEL, TOKENIZER, EVALUATION)
_HASHED = (*_NEEDED, SPLIT)


class Split(msgspec.Struct, frozen=True):
    """Ids of the documents by use, in the order they came: `split.json`."""

    train: tuple[str, ...]
    dev: tuple[str, ...]
    """For early stopping and calibration."""
    test: tuple[str, ...]

    def to_json(self) -> bytes:
        """The form of `split.json`."""
        return msgspec.json.encode(self)


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
