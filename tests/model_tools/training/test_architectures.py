"""Encoders of other kinds than the packaged one: a tiny one of each, with its own kind of tokenizer, all the way."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("torch", reason="training is not installed")

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    MPNetConfig,
    MPNetModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

from model_tools.documents import Document, read_jsonl
from model_tools.inference.predictor import Predictor
from model_tools.training.parts import split_parts
from model_tools.training.pipeline import train
from model_tools.training.recipe import load_recipe

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def byte_pairs(texts: list[str]) -> Tokenizer:
    """As RoBERTa's: cased, bytes, a blank belongs to the word after it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
    return tokenizer


def pieces(texts: list[str]) -> Tokenizer:
    """As XLM-RoBERTa's: cased pieces, a blank is a letter."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=120, special_tokens=SPECIAL, unk_token="<unk>")
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def word_pieces(texts: list[str]) -> Tokenizer:
    """As BERT's, uncased."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=200, special_tokens=SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


ENCODERS: dict[str, tuple[Callable[[list[str]], Tokenizer], Callable[[int], torch.nn.Module]]] = {
    "roberta": (byte_pairs, lambda n: RobertaModel(RobertaConfig(vocab_size=n, max_position_embeddings=66, **SIZES))),
    "multilingual-e5": (pieces, lambda n: BertModel(BertConfig(vocab_size=n, max_position_embeddings=64, **SIZES))),
    "mpnet": (word_pieces, lambda n: MPNetModel(MPNetConfig(vocab_size=n, max_position_embeddings=66, **SIZES))),
    "distilbert": (
        word_pieces,
        lambda n: DistilBertModel(
            DistilBertConfig(vocab_size=n, max_position_embeddings=64, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
        ),
    ),
}


@pytest.mark.parametrize("kind", sorted(ENCODERS))
def test_any_encoder_trains_exports_and_predicts(
    kind: str, toy_data: Path, toy_recipe_file: Path, tmp_path: Path
) -> None:
    documents = read_jsonl(toy_data)
    documents.append(Document("odd", "Zoë  met 李 ✨\r\nin Rome .", (), "en", "train"))
    create_tokenizer, create_encoder = ENCODERS[kind]
    tokenizer = create_tokenizer([document.text for document in documents])
    folder = tmp_path / "encoder"
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        create_encoder(tokenizer.get_vocab_size()).save_pretrained(folder)  # type: ignore[operator]
    recipe = msgspec.structs.replace(load_recipe(str(toy_recipe_file)), encoder=str(folder))
    artifact = train(split_parts(documents, recipe), tmp_path / "model", recipe)
    # Every label begins and ends with a word of this tokenizer, and a text it has never seen does no harm.
    assert (artifact.manifest.tagging_unit, artifact.manifest.warnings) == ("word", ())
    predictor = Predictor.load(artifact.folder)
    for text in [*(document.text for document in documents), "👍🏽", "東京", ""]:
        for entity in predictor.predict([text])[0]:
            assert entity.text_of(text) == entity.text_of(text).strip() != ""
    assert artifact.manifest.metrics is not None
    assert artifact.manifest.metrics.micro_f1 > 0.5
