"""Fine-tuning alone: from labelled documents to a network, with no file written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from model_tools.documents import Document
from model_tools.errors import NotFoundError
from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.inference.tagger import EntityTagger
from model_tools.inference.windows import WindowTokenizer
from model_tools.progress import Progress, silent
from model_tools.tags import tag_names
from model_tools.training.checkpoint import Checkpoint
from model_tools.training.encode import EncodedDocuments, encode_documents
from model_tools.training.encoder import find_encoder
from model_tools.training.model import ShapedTokenClassifier, create_model
from model_tools.training.recipe import Recipe
from model_tools.training.trainer import train_model

_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fine-tuned network with all it takes to export or to use it."""

    network: ShapedTokenClassifier
    tokenizer: Tokenizer
    windows: WindowTokenizer
    """The same tokenizer, with the recipe's windows."""
    tags: tuple[str, ...]
    encoded: EncodedDocuments
    """What it was trained on."""
    encoder: Path
    """The folder of the pretrained weights."""

    def tagger(self, *, temperature: float = 1.0) -> EntityTagger:
        """The network as a user of texts, without an export: for models that only have to judge a few documents."""
        return EntityTagger(
            TorchClassifier(self.network), self.windows, self.tags, self.encoded.tagging_unit, temperature=temperature
        )


class TorchClassifier:
    """A network called like an exported one; each call leaves it in evaluation mode."""

    def __init__(self, network: ShapedTokenClassifier) -> None:
        self._network = network

    def logits(self, input_ids: NDArray[np.int64], word_shapes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits `[token, tag]` of one window, in fp32 arithmetic."""
        self._network.eval()
        device = self._network.shape_embeddings.weight.device
        ids, shapes = (torch.from_numpy(array[np.newaxis]).to(device) for array in (input_ids, word_shapes))
        with torch.no_grad():
            logits = self._network(ids, shapes)
        result: NDArray[np.float32] = logits[0].float().cpu().numpy()
        return result


def fit(
    documents: Sequence[Document],
    categories: Sequence[str],
    recipe: Recipe,
    *,
    seed: int = 0,
    held_out: Sequence[Document] = (),
    device: torch.device = _CPU,
    threads: int | None = None,
    progress: Progress = silent,
    checkpoint: Checkpoint | None = None,
) -> FittedModel:
    """Fine-tunes the recipe's encoder.

    Args:
        documents: their labels must be of `categories`.
        categories: fix the order of the tags.
        recipe: see `load_recipe`.
        seed: of everything random.
        held_out: where they have labels enough for the recipe, they decide when to stop and which weights are best.
        device: to train on; the network comes back to the processor.
        threads: of torch; None lets it take the cores.
        progress: told about every step.
        checkpoint: keeps the run's state while it lasts.

    Raises:
        InvalidInputError: no document has anything to read.
        NotFoundError: the recipe's encoder is not there.
    """
    encoder = find_encoder(recipe.encoder)
    tags = tag_names(categories)
    tokenizer = _load_tokenizer(encoder)
    windows = WindowTokenizer(tokenizer, window=recipe.window, overlap=recipe.overlap)
    unit = None if recipe.tagging_unit == "auto" else recipe.tagging_unit
    encoded = encode_documents(documents, categories, windows, unit)
    with _torch_state(seed, threads):
        network = create_model(encoder, tags, recipe).to(device)
        fitted = FittedModel(network, tokenizer, windows, tags, encoded, encoder)
        can_validate = sum(len(document.labels) for document in held_out) >= recipe.early_stopping_min_labels
        train_model(
            network,
            encoded.examples,
            recipe,
            seed=seed,
            progress=progress,
            validate=partial(_strict_f1, fitted.tagger(), held_out) if can_validate else None,
            checkpoint=checkpoint,
        )
        network.to(_CPU)
    return fitted


def _strict_f1(tagger: EntityTagger, documents: Sequence[Document]) -> float:
    predicted = tagger.predict([document.text for document in documents])
    counts = (count_by_category(one.labels, entities) for one, entities in zip(documents, predicted, strict=True))
    return sum(add_up(counts).values(), Counts()).f1


def _load_tokenizer(encoder: Path) -> Tokenizer:
    """The encoder's fast tokenizer, without the truncation and padding it may have been saved with."""
    try:
        loaded = AutoTokenizer.from_pretrained(encoder, local_files_only=True)
        tokenizer: Tokenizer = loaded.backend_tokenizer
    except Exception as error:
        # What transformers says of a folder that it cannot read, or of a tokenizer without a fast form; `tokenizers`
        # has no class of its own for a damaged file.
        if type(error) is not Exception and not isinstance(error, OSError | ValueError | AttributeError):
            raise
        reason = str(error).strip().splitlines()[0]
        raise NotFoundError(
            f"{encoder} is no encoder that transformers can load with a fast tokenizer: {reason:.200}"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@contextmanager
def _torch_state(seed: int, threads: int | None) -> Iterator[None]:
    """Seeds torch and sets its threads, and puts both back."""
    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
