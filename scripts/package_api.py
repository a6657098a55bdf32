# ruff: noqa: T201 - what a command prints is its result
"""Builds the api's package as it is published, and refuses one that is too large or carries what it must not.

    python -m scripts.package_api [--out dist/api.zip]

The zip has the files that `.funcignore` lets through, and under `.python_packages` the packages of requirements.txt for
the app's Linux and Python, without those parts of them that the api never loads. So Azure builds nothing: what was
measured and tested here is what runs there.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pathspec import GitIgnoreSpec

ROOT = Path(__file__).parents[1]
PYTHON_VERSION = "3.13"
"""Of the app, in infra/bicep/modules/api.bicep; and of the trainer, so that both read what either has written."""
PLATFORM = "x86_64-manylinux_2_28"
SITE_PACKAGES = Path(".python_packages/lib/site-packages")
"""Where the Functions worker looks."""
LIMIT_BYTES = 160_000_000
"""Unpacked: every instance fetches it before its first answer."""
FORBIDDEN = ("torch", "transformers", "optimum", "onnx", "pytest")
"""Packages that the api must never bring along."""
UNUSED = (
    # The tokenizers package asks for the hub's client, and loads it only to fetch from the hub.
    "fsspec", "filelock", "hf_xet", "huggingface_hub", "tqdm", "yaml", "_yaml",
    # A second copy of the runtime for programs in C; the Python module has its own inside.
    "onnxruntime/capi/libonnxruntime.so.*",
    "onnxruntime/quantization", "onnxruntime/tools", "onnxruntime/transformers",
    # For building other packages, and for type checkers.
    "lxml/includes", "numpy/_core/include", "numpy/_core/lib", "numpy/distutils", "numpy/f2py", "**/*.pyi",
    "lxml/objectify.*",
    "bin", "**/tests",
)  # fmt: skip
"""Parts of packages that the api never loads, as patterns in site-packages."""
_STUDIO = Path("studio/dist/index.html")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every file in the zip, so that the same sources give the same bytes."""


class PackageError(Exception):
    """The package must not be published."""


def main() -> None:
    """Writes the zip and prints what is in it; ends with 1 and the reason if it must not be published."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "api.zip")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        try:
            copy_sources(ROOT, stage)
            install_packages(ROOT / "requirements.txt", stage / SITE_PACKAGES, python=PYTHON_VERSION)
            remove_unused(stage / SITE_PACKAGES)
            size = check(stage)
        except PackageError as error:
            sys.exit(f"Not packaged: {error}")
        write_zip(stage, arguments.out)
    zipped = arguments.out.stat().st_size
    print(f"{arguments.out}: {_megabytes(size)} of at most {_megabytes(LIMIT_BYTES)}, zipped {_megabytes(zipped)}")


def published_files(root: Path) -> Iterator[Path]:
    """The files that `.funcignore` lets through, relative to `root`, in order."""
    ignored = GitIgnoreSpec.from_lines((root / ".funcignore").read_text(encoding="utf-8").splitlines())
    yield from _published(root, Path(), ignored)


def _published(root: Path, folder: Path, ignored: GitIgnoreSpec) -> Iterator[Path]:
    for entry in sorted((root / folder).iterdir()):
        path = folder / entry.name
        # As in git, nothing comes back that lies in a folder that is ignored, and large ones are not walked through.
        if ignored.match_file(f"{path.as_posix()}{'/' if entry.is_dir() else ''}"):
            continue
        if entry.is_dir():
            yield from _published(root, path, ignored)
        else:
            yield path


def copy_sources(root: Path, stage: Path) -> None:
    """Puts our own files into the stage.

    Raises:
        PackageError: the studio is not built.
    """
    files = list(published_files(root))
    if _STUDIO not in files:
        raise PackageError("the studio is not built; run `make studio` first.")
    for file in files:
        (stage / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, stage / file)


def install_packages(requirements: Path, target: Path, *, python: str) -> None:
    """Installs what the app's platform and Python need, whatever this machine is.

    Raises:
        PackageError: it cannot be had.
    """
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(target)]
    command += ["--python-version", python, "--python-platform", PLATFORM, "--only-binary", ":all:"]
    done = subprocess.run([*command, "-r", str(requirements)], check=False)  # noqa: S603 - no shell, our arguments
    if done.returncode:
        raise PackageError("the packages of requirements.txt cannot be installed for the app.")


def remove_unused(site_packages: Path) -> None:
    """Removes the parts that the api never loads; those of no package are left alone."""
    for pattern in UNUSED:
        for path in sorted(site_packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def check(stage: Path) -> int:
    """Bytes of everything in the stage.

    Raises:
        PackageError: it is too large, or has a package that it must not have.
    """
    packages = {entry.name: _size(entry) for entry in (stage / SITE_PACKAGES).iterdir()}
    if found := sorted(packages.keys() & set(FORBIDDEN)):
        raise PackageError(f"it brings along {', '.join(found)}.")
    size = _size(stage)
    if size > LIMIT_BYTES:
        largest = sorted(packages, key=lambda name: -packages[name])[:5]
        sizes = ", ".join(f"{name} {_megabytes(packages[name])}" for name in largest)
        raise PackageError(f"{_megabytes(size)} is more than {_megabytes(LIMIT_BYTES)}. Largest: {sizes}.")
    return size


def write_zip(stage: Path, out: Path) -> None:
    """Writes a zip that depends on nothing but the files' names and bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(path for path in stage.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(file.relative_to(stage).as_posix(), _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes())


def _size(entry: Path) -> int:
    if entry.is_file():
        return entry.stat().st_size
    return sum(path.stat().st_size for path in entry.rglob("*") if path.is_file())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
