"""A model folder as one zip file that works without this code base."""

import inspect
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from model_tools.artifact import Artifact
from model_tools.errors import ConflictError
from model_tools.inference import characters, shapes
from model_tools.inference.session import WORD_SHAPES

README = "README.md"

# The earliest that a zip file can say: equal models give equal files, whenever they are packed.
_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644
_UNIX = 3


def export_zip(folder: Path, path: Path) -> None:
    """Packs a model, verified, with a README and what else is needed to use it with onnxruntime and tokenizers alone.

    Unpacked, it is a model folder again. Equal models give equal bytes.

    Args:
        folder: of the model.
        path: of the zip file; it appears only when it is complete.

    Raises:
        ArtifactError: the model is incomplete or altered.
        ConflictError: `path` exists.
    """
    _refuse_to_overwrite(path)
    artifact = Artifact.open(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        draft = Path(scratch) / path.name
        _write(draft, artifact.paths, _extras(artifact))
        _refuse_to_overwrite(path)
        draft.rename(path)


def _write(path: Path, members: Iterable[Path], extras: dict[str, str]) -> None:
    # Stored, not deflated: weights hardly shrink, and compressors of different builds write different bytes.
    with ZipFile(path, "x", ZIP_STORED) as archive:
        for name, text in extras.items():
            archive.writestr(_entry(name), text)
        for member in members:
            with member.open("rb") as source, archive.open(_entry(member.name, member.stat().st_size), "w") as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)


def _entry(name: str, size: int = 0) -> ZipInfo:
    info = ZipInfo(name, _TIME)
    info.create_system, info.external_attr, info.file_size = _UNIX, _READABLE << 16, size
    return info


def _extras(artifact: Artifact) -> dict[str, str]:
    """What the folder lacks, by file name."""
    template = Template(files("model_tools").joinpath("bundle_readme.md").read_text(encoding="utf-8"))
    extras = {README: template.substitute(categories=", ".join(artifact.manifest.categories))}
    if WORD_SHAPES in artifact.manifest.inputs:
        # The very code of training and serving; on its own, the one module finds the other beside it.
        extras["characters.py"] = inspect.getsource(characters)
        extras["word_shapes.py"] = inspect.getsource(shapes).replace(characters.__name__, "characters")
    return extras


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise ConflictError(f"{path} exists; it is left alone.", target=str(path))
