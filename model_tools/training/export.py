"""From the fine-tuned network to ONNX files: fp32, optimised, and quantised in two ways."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
import onnxruntime as ort
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.quant_utils import add_pre_process_metadata
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from optimum.exporters.onnx import export
from optimum.exporters.onnx.config import TextEncoderOnnxConfig
from optimum.utils.input_generators import DummyTextInputGenerator
from optimum.utils.normalized_config import NormalizedTextConfig

from model_tools.inference.session import INPUT_IDS, WORD_SHAPES
from model_tools.manifest import Dtype
from model_tools.training.model import ShapedTokenClassifier

# The newest operator set that onnxruntime's graph optimiser knows the encoder's patterns in.
_OPSET = 17
SLOW_FUSIONS = ("SkipLayerNormFusion", "BiasGeluFusion")
"""On a processor the operators that these make are slower than their parts, which onnxruntime computes in vectors: a
window takes a quarter less time without them (`python -m benchmarks.quantisation` compares them)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to write the weights."""

    name: str
    dtype: Dtype
    operators: tuple[str, ...] = ()
    """Kinds of ONNX operators whose weights are quantised."""


FP32 = Scheme("fp32", "fp32")
# In the order of preference: the first that costs little enough F1 is taken.
INT8_SCHEMES = (
    Scheme("int8", "int8", ("MatMul", "Attention", "Gather")),
    # Half the weights, and no arithmetic changes: next to nothing is lost.
    Scheme("int8 embeddings", "int8", ("Gather",)),
)


class _ShapeInputGenerator(DummyTextInputGenerator):  # type: ignore[misc]
    SUPPORTED_INPUT_NAMES = (INPUT_IDS, WORD_SHAPES)


class _ShapedOnnxConfig(TextEncoderOnnxConfig):  # type: ignore[misc]
    """Optimum's export configuration for an encoder with word shapes, and without a mask: nothing is ever padded."""

    NORMALIZED_CONFIG_CLASS = NormalizedTextConfig
    DUMMY_INPUT_GENERATOR_CLASSES = (_ShapeInputGenerator,)

    @property
    def inputs(self) -> dict[str, dict[int, str]]:
        axes = {0: "batch_size", 1: "sequence_length"}
        return {INPUT_IDS: axes, WORD_SHAPES: axes}


def export_fp32(model: ShapedTokenClassifier, path: Path) -> None:
    """Writes the network as an fp32 ONNX graph with onnxruntime's fused operators."""
    raw = path.with_suffix(".raw.onnx")
    with warnings.catch_warnings():
        # optimum traces through torch's TorchScript exporter, which torch announces to retire.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        # Python branches on sizes that are the same for every text.
        warnings.filterwarnings("ignore", category=Warning, module=r"transformers\..*|torch\..*")
        export(model, _ShapedOnnxConfig(model.config, task="token-classification"), raw, opset=_OPSET)
    fusions = FusionOptions("bert")
    fusions.enable_skip_layer_norm = fusions.enable_bias_gelu = False
    fusions.disable_attention_mask()  # nothing is padded; a mask of ones costs a tenth of a long window's time
    optimised = optimize_model(
        str(raw),
        num_heads=model.config.num_attention_heads,
        hidden_size=model.config.hidden_size,
        optimization_options=fusions,
    )
    optimised.save_model_to_file(str(path))
    raw.unlink()
    optimise_graph(path)


def quantise(fp32: Path, path: Path, scheme: Scheme) -> None:
    """Writes the graph with 8-bit weights; activations are quantised while it runs.

    Weights use 7 of the 8 bits: processors without VNNI add pairs of products in 16 bits, which would overflow, and a
    model must give the same answers on every machine.
    """
    graph = onnx.load(fp32)
    add_pre_process_metadata(graph)  # it is optimised already; without the mark the quantiser asks for it
    quantize_dynamic(
        graph,
        path,
        op_types_to_quantize=list(scheme.operators),
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        # ONNX's shape inference does not know the types that onnxruntime's fused operators return.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    optimise_graph(path)


def optimise_graph(path: Path, *, without: Sequence[str] = SLOW_FUSIONS) -> None:
    """Puts onnxruntime's own optimisations into the file, so that loading has nothing left to do.

    Args:
        path: the ONNX file, which is replaced.
        without: names of onnxruntime's graph transformers to leave out.
    """
    finished = path.with_suffix(".finished.onnx")
    options = ort.SessionOptions()
    # The level above is for one kind of processor.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(finished)
    options.log_severity_level = 3
    ort.InferenceSession(path, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(without))
    finished.replace(path)
