"""The text of a labels file from its bytes."""

from model_tools.extract.encoding import decode_text
from model_tools.formats.collector import Collector


def read_text(content: bytes, collector: Collector) -> str:
    """The text by byte-order mark, as UTF-8, or by a guess, which is noted.

    Raises:
        UnreadableDocumentError: the content is no text, or its encoding cannot be told.
    """
    decoded = decode_text(content)
    if decoded.is_guessed:
        message = f"The encoding was guessed as {decoded.encoding}. Save the file as UTF-8 to be certain."
        collector.note("EncodingGuessed", message, collector.name)
    return decoded.text
