"""The exported zip: complete, deterministic, and usable as its README says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from model_tools.artifact import Artifact
from model_tools.bundle import export_zip
from model_tools.errors import ArtifactError, ConflictError
from model_tools.inference.predictor import Predictor
from model_tools.spans import Entity

TEXTS = ["Ana Li lives in Rome.", "In New York, we met Bo Chen at noon.", "nothing", "Hugo Ito left Bern for Oslo!"]


def span(entity: Entity) -> tuple[int, int, str]:
    return entity.start, entity.end, entity.category


@pytest.fixture
def archive(toy_artifact: Artifact, tmp_path: Path) -> Path:
    path = tmp_path / "out" / "model.zip"
    export_zip(toy_artifact.folder, path)
    return path


def test_unpacked_it_is_the_model_again(archive: Path, predictor: Predictor, tmp_path: Path) -> None:
    with ZipFile(archive) as content:
        assert content.testzip() is None
        assert {"README.md", "word_shapes.py", "model.onnx", "manifest.json"} <= set(content.namelist())
        content.extractall(tmp_path / "unpacked")
    assert Predictor.load(tmp_path / "unpacked").predict(TEXTS) == predictor.predict(TEXTS)
    assert "City, Name" in (tmp_path / "unpacked" / "README.md").read_text()


def test_equal_models_give_equal_bytes(archive: Path, toy_artifact: Artifact, tmp_path: Path) -> None:
    export_zip(toy_artifact.folder, tmp_path / "again.zip")
    assert archive.read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_the_readme_s_program_finds_what_the_predictor_finds(
    archive: Path, predictor: Predictor, tmp_path: Path
) -> None:
    folder = tmp_path / "unpacked"
    with ZipFile(archive) as content:
        content.extractall(folder)
    program = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), flags=re.DOTALL)
    assert len(program) == 1
    # A process of its own in the folder, so that nothing of this code base is within reach.
    (folder / "try.py").write_text(f"{program[0]}\nprint(json.dumps([predict(text) for text in {TEXTS!r}]))\n")
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import runpy, sys; sys.path.insert(0, '.'); runpy.run_path('try.py')"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    found = [[Entity(*entity) for entity in entities] for entities in json.loads(done.stdout)]
    expected = predictor.predict(TEXTS)
    assert [list(map(span, entities)) for entities in found] == [list(map(span, entities)) for entities in expected]
    confidences = [[one.confidence for entities in answer for one in entities] for answer in (found, expected)]
    assert confidences[0] == pytest.approx(confidences[1])
    assert len(confidences[0]) > 3


def test_nothing_is_overwritten(archive: Path, toy_artifact: Artifact) -> None:
    archive.write_text("mine")
    with pytest.raises(ConflictError, match="left alone"):
        export_zip(toy_artifact.folder, archive)
    assert archive.read_text() == "mine"


def test_an_altered_model_is_not_packed(toy_artifact: Artifact, tmp_path: Path) -> None:
    folder = tmp_path / "altered"
    folder.mkdir()
    for path in toy_artifact.paths:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"tokenizer\.json"):
        export_zip(folder, tmp_path / "model.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["altered"]
