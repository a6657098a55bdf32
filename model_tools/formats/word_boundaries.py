"""Whether a span looks like one that a person marked: evidence about what its offsets counted."""

from model_tools.spans import Span


def is_on_word_boundaries(span: Span, text: str) -> bool:
    """Whether the span neither cuts a word nor has white space at an end."""
    covered = span.text_of(text)
    return covered == covered.strip() and not _inside_word(text, span.start) and not _inside_word(text, span.end)


def _inside_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()
