"""What each way of writing the weights costs in F1 and buys in bytes and milliseconds: the same network, four ways.

`python -m benchmarks.quantisation [--sets …] [--seed 0]`. Per-channel and per-tensor int8 quantise weights and, while
running, activations; block-wise quantises only weights, each block of 32 with a scale of its own, in 8 or 4 bits.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

from benchmarks.accuracy import DATA, RESULTS, folds
from model_tools.artifact import Artifact
from model_tools.documents import Document, read_jsonl
from model_tools.evaluation.report import evaluate
from model_tools.inference.predictor import Predictor
from model_tools.training.export import INT8_SCHEMES, optimise_graph, quantise
from model_tools.training.parts import split_parts
from model_tools.training.pipeline import train
from model_tools.training.recipe import load_recipe

SETS = ("azure_loan_agreements", "crossner_politics", "crossner_ai")
_N_TIMED = 200
"""Short texts, one at a time."""


def per_tensor(fp32: Path, path: Path) -> None:
    """One scale for a whole matrix; otherwise as the product's own int8."""
    quantize_dynamic(
        fp32,
        path,
        op_types_to_quantize=["MatMul", "Attention", "Gather"],
        per_channel=False,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    optimise_graph(path)


def block_wise(fp32: Path, path: Path, bits: int) -> None:
    """Weights only, blocks of 32; the embeddings stay fp32."""
    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, bits=bits)
    quantizer = MatMulNBitsQuantizer(onnx.load(fp32), algo_config=config)
    quantizer.process()
    quantizer.model.save_model_to_file(str(path))
    optimise_graph(path)


def with_every_fusion(fp32: Path, path: Path) -> None:
    """The product's own int8, with the fused operators that it leaves out."""
    quantise(fp32, path, INT8_SCHEMES[0])
    optimise_graph(path, without=())


WAYS: dict[str, Callable[[Path, Path], object]] = {
    "fp32": lambda fp32, path: path.write_bytes(fp32.read_bytes()),
    "int8 per channel": lambda fp32, path: quantise(fp32, path, INT8_SCHEMES[0]),
    "int8 per channel, every fusion": with_every_fusion,
    "int8 per tensor": per_tensor,
    "int8 embeddings only": lambda fp32, path: quantise(fp32, path, INT8_SCHEMES[1]),
    "8 bits block-wise, weights only": lambda fp32, path: block_wise(fp32, path, 8),
    "4 bits block-wise, weights only": lambda fp32, path: block_wise(fp32, path, 4),
}


def measure(artifact: Artifact, documents: Sequence[Document]) -> dict[str, float]:
    """Strict micro F1, megabytes, and the median milliseconds of one text of up to 300 characters, on one thread."""
    predictor = Predictor(artifact, threads=1)
    short = [document.text[:300] for document in documents][:_N_TIMED]
    predictor.predict(short[:5])
    seconds = []
    for text in short:
        begun = time.perf_counter()
        predictor.predict([text])
        seconds.append(time.perf_counter() - begun)
    return {
        "f1": evaluate(predictor, documents).micro.f1,
        "megabytes": artifact.model.stat().st_size / 1e6,
        "milliseconds": 1000 * statistics.median(seconds),
    }


def run(name: str, seed: int) -> dict[str, dict[str, float]]:
    """Trains once, writes the network in every way, and measures each on the test documents (of the first fold)."""
    recipe = msgspec.structs.replace(load_recipe("default"), quantise=False)
    train_documents, test_documents = next(folds(name, read_jsonl(DATA / f"{name}.jsonl")))
    with tempfile.TemporaryDirectory() as scratch:
        fp32 = train(split_parts(train_documents, recipe, seed=seed), Path(scratch) / "trained", recipe, seed=seed)
        outcomes = {}
        for way, write in WAYS.items():
            folder = Path(scratch) / way.replace(" ", "-")
            folder.mkdir()
            candidate = Artifact(folder, fp32.manifest)
            candidate.tokenizer.write_bytes(fp32.tokenizer.read_bytes())
            write(fp32.model, candidate.model)
            outcomes[way] = measure(candidate, test_documents)
            print(name, way, outcomes[way], flush=True)
        return outcomes


def table(outcomes: dict[str, dict[str, dict[str, float]]]) -> str:
    """A Markdown table: one row a way, the sets side by side."""
    lines = [
        f"| weights | MB | {' | '.join(f'{name}: F1' for name in outcomes)} | ms, short text, one thread |",
        f"|---|---|{'---|' * len(outcomes)}---|",
    ]
    for way in WAYS:
        rows = [ways[way] for ways in outcomes.values()]
        f1 = " | ".join(f"{row['f1']:.3f}" for row in rows)
        milliseconds = statistics.median(row["milliseconds"] for row in rows)
        lines.append(f"| {way} | {rows[0]['megabytes']:.1f} | {f1} | {milliseconds:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Runs the sets and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    outcomes = {name: run(name, options.seed) for name in options.sets}
    text = f"{os.cpu_count()} cores, seed {options.seed}.\n\n{table(outcomes)}\n"
    (RESULTS / "quantisation.json").write_text(json.dumps(outcomes, indent=1) + "\n")
    (RESULTS / "quantisation.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
