"""Texts of chosen lengths, made from the sample project, so that anyone can run the measurements again."""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from model_tools.documents import Document
from model_tools.formats.azure_documents import read
from model_tools.formats.interchange import ImportOptions

FINANCE = Path(__file__).parents[2] / "samples/finance"
LENGTHS = {"short": 40, "medium": 400, "long": 4000}
"""Sub-word tokens, about."""
_N_TEXTS = {"short": 16, "medium": 16, "long": 4}
_TOLERANCE = 0.1
"""A text's tokens may differ from what is asked for by this share."""
_JOINT = "\n\n"
_SEED = 0
SCRIPTS = PLAIN, CURLY, CJK = "plain", "curly-quoted", "Chinese"
"""What leaves ASCII takes another way through tokens and offsets."""
_CHINESE = "特斯拉股价下跌百分之三，比特币持稳，美元兑日元上涨。苹果公司公布财报后，纳斯达克指数创下新高。"  # noqa: RUF001 - Chinese commas
"""Of the sample's kind; the encoder reads each character as a token."""


def sample_documents() -> list[Document]:
    """The labelled documents of the sample, split as its labels file says."""
    texts = {path.name: path.read_bytes().decode() for path in (FINANCE / "documents").iterdir()}
    imported = read((FINANCE / "labels.json").read_bytes(), "labels.json", ImportOptions(text_of=texts.__getitem__))
    return list(imported.documents)


def texts_by_length(tokenizer: Tokenizer) -> dict[str, list[str]]:
    """Distinct texts of about 40, 400 and 4,000 tokens: sample texts as they are, or several joined by an empty line.

    Args:
        tokenizer: counts; left without truncation.
    """
    stream = _joined(random.Random(_SEED))
    return {name: [_of_length(stream, tokenizer, LENGTHS[name]) for _ in range(_N_TEXTS[name])] for name in LENGTHS}


def texts_by_script(tokenizer: Tokenizer) -> dict[str, list[str]]:
    """Texts of about 400 tokens, by script: those of `texts_by_length`, the same in curly quotes, and Chinese ones."""
    plain = texts_by_length(tokenizer)["medium"]
    chinese = _CHINESE * LENGTHS["medium"]
    return {
        PLAIN: plain,
        CURLY: ["\u201c" + text.replace("'", "\u2019") + "\u201d" for text in plain],
        CJK: [chinese[i : i + LENGTHS["medium"]] for i in range(len(plain))],
    }


def text_of_characters(characters: int) -> str:
    """One text of exactly that many code points."""
    pieces = _pieces(random.Random(_SEED))
    text = next(pieces)
    while len(text) < characters:
        text += _JOINT + next(pieces)
    return text[:characters]


def _of_length(stream: Iterator[Iterator[str]], tokenizer: Tokenizer, n_tokens: int) -> str:
    """The first text whose length fits: a start at the next piece, and as many pieces as it takes."""
    for pieces in stream:
        text = next(pieces)
        while (count := len(tokenizer.encode(text, add_special_tokens=False).ids)) < n_tokens * (1 - _TOLERANCE):
            text += _JOINT + next(pieces)
        if count <= n_tokens * (1 + _TOLERANCE):
            return text
    raise AssertionError("the stream has no end")


def _joined(chance: random.Random) -> Iterator[Iterator[str]]:
    while True:
        yield _pieces(chance)


def _pieces(chance: random.Random) -> Iterator[str]:
    """The sample's texts for ever, shuffled anew each time they are through."""
    texts = [path.read_bytes().decode().strip() for path in sorted(FINANCE.glob("*/*.txt"))]
    while True:
        yield from chance.sample(texts, len(texts))
