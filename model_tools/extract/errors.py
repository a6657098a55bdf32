"""Why a file gives no text."""

from model_tools.errors import InvalidInputError


class UnreadableDocumentError(InvalidInputError):
    """No text can be had from a file; `inner_code` says why, the message what to do.

    The inner codes: UnsupportedFileType, ContentMismatch (the content is of another type than the suffix says),
    BinaryContent, UnknownEncoding, EmptyDocument, EncryptedFile, NoTextLayer, CorruptFile, TooLarge, TooSlow.
    """

    def __init__(self, inner_code: str, message: str) -> None:
        super().__init__(message, inner_code=inner_code)
