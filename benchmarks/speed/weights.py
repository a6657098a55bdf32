"""One training for all systems that can take its weights, kept in a folder: what each peer loads.

Our network is a plain BERT token classifier plus an embedding of word shapes. Peers cannot take the shapes, so they get
the network without them: the same encoder and head after the same training, which costs the same arithmetic.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_tools.spans import Entity
from model_tools.training.process import prepare_process

CACHE = Path(".nerine/bench")
"""Where weights stay between runs."""
RECIPE = "fast"
SEED = 0
_DONE = "done.json"
_REPOSITORY = Path(__file__).parents[2]
_SAMPLE = "samples/finance"
MADE_BY = (
    _SAMPLE,
    "model_tools/training",
    "model_tools/artifact.py",
    "model_tools/manifest.py",
    "benchmarks/speed/weights.py",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The folders of one training."""

    folder: Path

    @property
    def nerine(self) -> Path:
        """Our artifact: int8, with word shapes."""
        return self.folder / "nerine"

    @property
    def backbone(self) -> Path:
        """For transformers: fp32, PyTorch."""
        return self.folder / "backbone"

    @property
    def optimum(self) -> Path:
        """For optimum: the backbone's ONNX export in fp32, as `optimum-cli export onnx` writes it."""
        return self.folder / "optimum"

    @property
    def optimum_int8(self) -> Path:
        """For optimum: the same with fused operators and our own quantisation."""
        return self.folder / "optimum-int8"

    @property
    def spacy(self) -> Path:
        """Of spaCy's own network, trained on the same documents."""
        return self.folder.with_name(f"spacy-{digest_of(_SAMPLE)}")

    @property
    def about(self) -> dict[str, Any]:
        """Sizes and shape, as `prepare` wrote them."""
        about: dict[str, Any] = json.loads((self.folder / _DONE).read_text())
        return about

    @property
    def reference(self) -> list[list[Entity]]:
        """Of the texts that `prepare` was given: the entities of the fp32 network with shapes, run by PyTorch."""
        rows = json.loads((self.folder / "reference.json").read_text())
        return [[Entity(*entity) for entity in entities] for entities in rows]


def prepare(cache: Path) -> Weights:
    """The weights from the cache, or trained now (some minutes) and put there whole."""
    weights = Weights(cache / f"weights-{digest_of(*MADE_BY)}")
    if not (weights.folder / _DONE).exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            draft = Weights(Path(scratch) / "draft")
            draft.folder.mkdir()
            _train(draft)
            shutil.rmtree(weights.folder, ignore_errors=True)
            draft.folder.rename(weights.folder)
    if not weights.spacy.exists():
        _train_spacy(weights)
    return weights


def digest_of(*paths: str) -> str:
    """A short hash of files and folders of the repository: what is made from them is made anew when they change."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted([_REPOSITORY / path, *(_REPOSITORY / path).rglob("*")]):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(f"{file.name} {file.stat().st_size}".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _train_spacy(weights: Weights) -> None:
    from benchmarks.peers import spacy_blank  # noqa: PLC0415
    from benchmarks.speed.texts import sample_documents  # noqa: PLC0415

    print("training spaCy", flush=True)
    train = [document for document in sample_documents() if document.split == "train"]
    spacy_blank.fit(train, SEED).to_disk(weights.spacy)


def _train(weights: Weights) -> None:
    prepare_process()
    from benchmarks.speed.texts import sample_documents, texts_by_length  # noqa: PLC0415 - see the line above
    from model_tools.training.fitting import fit  # noqa: PLC0415
    from model_tools.training.parts import split_parts  # noqa: PLC0415
    from model_tools.training.pipeline import train  # noqa: PLC0415
    from model_tools.training.recipe import load_recipe  # noqa: PLC0415

    recipe = load_recipe(RECIPE)
    parts = split_parts(sample_documents(), recipe, seed=SEED)
    print("training our model", flush=True)
    artifact = train(parts, weights.nerine, recipe, seed=SEED)
    # The pipeline keeps no PyTorch weights. A run with the same seed on the same machine ends at the same ones.
    print("training it again, for the peers' weights", flush=True)
    fitted = fit(parts.train, parts.categories, recipe, seed=SEED, held_out=parts.held_out)
    texts = [text for group in texts_by_length(fitted.tokenizer).values() for text in group]
    reference = fitted.tagger().predict(texts)
    rows = [[[one.start, one.end, one.category, one.confidence] for one in entities] for entities in reference]
    (weights.folder / "reference.json").write_text(json.dumps(rows))
    _write_peers(weights, fitted.network.backbone, fitted.encoder, recipe.window)
    config = fitted.network.config
    about = {
        "recipe": RECIPE,
        "seed": SEED,
        "train_documents": len(parts.train),
        "f1": artifact.manifest.metrics.micro_f1 if artifact.manifest.metrics else None,
        "dtype": artifact.manifest.dtype,
        "window": recipe.window,
        "overlap": recipe.overlap,
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "intermediate": config.intermediate_size,
        "tags": len(fitted.tags),
    }
    (weights.folder / _DONE).write_text(json.dumps(about, indent=1) + "\n")


def _write_peers(weights: Weights, backbone: Any, encoder: Path, window: int) -> None:  # noqa: ANN401 - transformers
    from onnxruntime.transformers.optimizer import optimize_model  # noqa: PLC0415
    from optimum.exporters.onnx import main_export  # noqa: PLC0415
    from transformers import AutoTokenizer  # noqa: PLC0415

    from model_tools.training.export import INT8_SCHEMES, quantise  # noqa: PLC0415

    backbone.save_pretrained(weights.backbone)
    # The pipelines cut long texts into windows of this many tokens: the same as ours.
    AutoTokenizer.from_pretrained(encoder, model_max_length=window).save_pretrained(weights.backbone)
    main_export(str(weights.backbone), weights.optimum, task="token-classification", do_validation=False)
    shutil.copytree(weights.optimum, weights.optimum_int8)
    fused = optimize_model(
        str(weights.optimum / "model.onnx"),
        num_heads=backbone.config.num_attention_heads,
        hidden_size=backbone.config.hidden_size,
    )
    with tempfile.TemporaryDirectory() as scratch:
        fp32 = Path(scratch) / "fused.onnx"
        fused.save_model_to_file(str(fp32))
        quantise(fp32, weights.optimum_int8 / "model.onnx", INT8_SCHEMES[0])


if __name__ == "__main__":
    import sys

    prepare(Path(sys.argv[1]))
