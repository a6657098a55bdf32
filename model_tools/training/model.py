"""The network: a pretrained encoder that also sees word shapes, with a linear head over the tags."""

from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForTokenClassification, PretrainedConfig, PreTrainedModel
from transformers.utils import logging

from model_tools.errors import InvalidInputError, NotFoundError
from model_tools.inference.shapes import WordShape
from model_tools.training.recipe import Recipe


class ShapedTokenClassifier(nn.Module):
    """Adds an embedding of each token's word shape to its word embedding: an uncased encoder cannot see capitals.

    The embedding starts at zero, so training starts from exactly the pretrained encoder.
    """

    def __init__(self, backbone: PreTrainedModel) -> None:
        super().__init__()
        self.backbone = backbone
        self.config: PretrainedConfig = backbone.config
        self.shape_embeddings = nn.Embedding(len(WordShape), self.word_embeddings.embedding_dim)
        nn.init.zeros_(self.shape_embeddings.weight)

    @property
    def word_embeddings(self) -> nn.Embedding:
        """The encoder's own embedding table."""
        embeddings = self.backbone.get_input_embeddings()
        assert isinstance(embeddings, nn.Embedding)
        return embeddings

    def forward(self, input_ids: Tensor, word_shapes: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Logits `[window, token, tag]`. Without a mask every token counts."""
        embeddings = self.word_embeddings(input_ids) + self.shape_embeddings(word_shapes)
        logits: Tensor = self.backbone(inputs_embeds=embeddings, attention_mask=attention_mask).logits
        return logits


def create_model(folder: Path, tags: tuple[str, ...], recipe: Recipe) -> ShapedTokenClassifier:
    """The encoder from `folder` with a fresh head, drawn from torch's current random state.

    Raises:
        NotFoundError: its weights are damaged, or not of the kind that its configuration says.
        InvalidInputError: the recipe's window is longer than what the encoder can read at once.
    """
    logging.set_verbosity_error()
    config = AutoConfig.from_pretrained(
        folder,
        id2label=dict(enumerate(tags)),
        label2id={tag: i for i, tag in enumerate(tags)},
        local_files_only=True,
    )
    for name, share in _dropouts(config, recipe).items():
        setattr(config, name, share)
    try:
        backbone = AutoModelForTokenClassification.from_pretrained(
            folder,
            config=config,
            attn_implementation="eager",  # on a CPU, torch's own attention kernel takes twice as long backwards
            local_files_only=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:  # what transformers says of broken weights
        reason = str(error).strip().splitlines()[0]
        raise NotFoundError(
            f"The weights in {folder} cannot be read: {reason:.200} Copy or download them anew.", target=str(folder)
        ) from error
    _require_positions(backbone, recipe)
    return ShapedTokenClassifier(backbone)


def _require_positions(backbone: PreTrainedModel, recipe: Recipe) -> None:
    """Refuses windows that are longer than the encoder's table of positions; some encoders have no such table."""
    for name, module in backbone.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            # Where the table has a place for padding, as RoBERTa's has, positions are counted from behind it.
            n_positions = module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
            if recipe.window > n_positions:
                raise InvalidInputError(
                    f"The recipe {recipe.name!r} has a window of {recipe.window} tokens; the encoder "
                    f"{recipe.encoder!r} reads at most {n_positions} at once. Lower `window`, and `overlap` with it."
                )


def _dropouts(config: PretrainedConfig, recipe: Recipe) -> dict[str, float]:
    """What the recipe's dropout is called in this kind of encoder. Attention goes without: it is slow on a CPU."""
    shares = dict.fromkeys(("hidden_dropout_prob", "classifier_dropout", "dropout"), recipe.dropout)
    shares |= dict.fromkeys(("attention_probs_dropout_prob", "attention_dropout"), 0.0)
    return {name: share for name, share in shares.items() if hasattr(config, name)}


def parameter_groups(model: ShapedTokenClassifier, recipe: Recipe) -> list[dict[str, object]]:
    """The optimiser's groups: slower the deeper, no decay on biases and norms, word embeddings frozen on demand."""
    model.word_embeddings.weight.requires_grad_(not recipe.freeze_word_embeddings)
    n_layers: int = model.config.num_hidden_layers
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            weight_decay = 0.0 if parameter.ndim < 2 else recipe.weight_decay
            groups.setdefault((_learning_rate(name, n_layers, recipe), weight_decay), []).append(parameter)
    return [
        {"params": parameters, "lr": learning_rate, "weight_decay": weight_decay}
        for (learning_rate, weight_decay), parameters in groups.items()
    ]


def _learning_rate(name: str, n_layers: int, recipe: Recipe) -> float:
    if "classifier" in name or "shape_embeddings" in name:
        return recipe.head_learning_rate
    match = next(_layer_numbers(name), None)
    height = 0 if match is None else match + 1
    return recipe.encoder_learning_rate * recipe.layer_decay ** (n_layers - height)


def _layer_numbers(name: str) -> Iterator[int]:
    return (int(part) for part in name.split(".") if part.isdecimal())
