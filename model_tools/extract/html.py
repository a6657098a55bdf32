"""HTML to readable text: blocks on lines of their own, cells apart, nothing that a browser does not show.

libxml2 reads it as a stream of events. A parser that builds the tree of the HTML5 standard takes minutes for a megabyte
of `<div>` and gigabytes for crossed formatting elements; this one stays linear in time and builds nothing.
"""

import re
from collections.abc import Mapping

from lxml.etree import HTMLParser  # type: ignore[import-untyped]

from model_tools.extract.encoding import DecodedText, decode_declared, decode_text

_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre search section summary
    table tbody tfoot thead title tr ul
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
_UNSEEN = frozenset(
    """
    script style template noscript iframe object embed applet audio video canvas svg math select datalist
    """.split()  # noqa: SIM905
)
_CELLS = frozenset({"td", "th"})
_PREFORMATTED = frozenset({"pre", "textarea"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.\-]{1,40})""", re.IGNORECASE)
_CHARSET_WITHIN = 1024  # bytes; where the HTML standard has browsers look for it
_SPACES = re.compile(r"[ \t\n\r\f]+")


def decode_html(content: bytes) -> DecodedText:
    """Decodes by byte-order mark, else by the encoding in a `meta` element, else as any text.

    Raises:
        UnreadableDocumentError: as `decode_text`.
    """
    declared = _CHARSET.search(content[:_CHARSET_WITHIN])
    decoded = decode_declared(content, declared[1].decode("ascii")) if declared and b"\x00" not in content else None
    return decoded or decode_text(content)


def html_to_text(html: str) -> str:
    """The title and the visible text; white space collapsed as a browser does, `pre` kept."""
    # Without `huge_tree`, libxml2 gives up on a comment after 10 MB and reads it again as text, from each `<!--` in it:
    # a file of nothing else keeps a processor busy for hours. No tree is built here, so nothing grows.
    parser = HTMLParser(target=_TextTarget(), remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    parser.feed(html)
    lines: list[str] = parser.close()
    return "\n".join(lines)


class _TextTarget:
    """Receives the parser's events: each element that starts gets its end, closed in the file or not."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._unseen = 0
        self._preformatted = 0

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self._unseen += tag in _UNSEEN
        self._preformatted += tag in _PREFORMATTED
        if tag in _BLOCKS or tag == "br":
            self._pieces.append("\n")

    def end(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN
        self._preformatted -= tag in _PREFORMATTED
        if tag in _BLOCKS:
            self._pieces.append("\n")
        elif tag in _CELLS:
            self._pieces.append("\t")

    def data(self, text: str) -> None:
        if not self._unseen:
            self._pieces.append(text if self._preformatted else _SPACES.sub(" ", text))

    def close(self) -> list[str]:
        """The lines that are not blank."""
        lines = (line.strip(" \t\r\f") for line in "".join(self._pieces).split("\n"))
        return [line for line in lines if line]
