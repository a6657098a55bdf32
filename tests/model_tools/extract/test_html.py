"""What a page reads as, and that hostile nesting costs nothing."""

import pytest

from model_tools.extract.html import decode_html, html_to_text

PAGES = {
    "blocks": ("<h1>One</h1><p>two</p><div>three<div>four</div></div>", "One\ntwo\nthree\nfour"),
    "inline stays in line": ("<p>a <b>bold</b>er <a href=x>link</a>.</p>", "a bolder link."),
    "white space collapses": ("<p>a\r\n   b\t c</p>", "a b c"),
    "line breaks": ("a<br>b<br/>c", "a\nb\nc"),
    "pre keeps its lines": ("<pre>a\n  b  c</pre>", "a\nb  c"),
    "title first": ("<html><head><title>T &amp; t</title></head><body>x</body></html>", "T & t\nx"),
    "entities": ("&lt;p&gt; &eacute;&nbsp;&#x1F389; &#128;", "<p> é\xa0🎉 €"),
    "half a surrogate pair": ("a&#xD800;b", "a\ufffdb"),
    "not shown": ("<style>a{}</style><script>if(1<2)'<p>x'</script><noscript>n</noscript><template>t</template>y", "y"),
    "comments": ("a<!-- <p>no --><!--[if IE]>no<![endif]-->b", "ab"),
    "table": ("<table><tr><th>A<th>B<tr><td>1<td>2</table>end", "A\tB\n1\t2\nend"),
    "list never closed": ("<ul><li>a<li>b", "a\nb"),
    "crossed": ("<b><p>a</b>b</p>", "ab"),
    "less than": ("<p>1 < 2</p>", "1 < 2"),
    "processing instruction": ("<?xml version='1.0'?><p>a</p>", "a"),
}


@pytest.mark.parametrize(("html", "text"), PAGES.values(), ids=PAGES.keys())
def test_pages(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<meta charset='shift_jis'><p>東京</p>".encode("cp932"), "東京"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">20 €'.encode("cp1252"), "20 €"),
        ("<meta charset=iso-8859-1><p>東京</p>".encode("utf-8-sig"), "東京"),
        ("<meta charset=utf-16><p>東京</p>".encode(), "東京"),
        ("<meta charset=latin1><p>x".encode("utf-16"), "x"),
    ],
)
def test_the_encoding_is_taken_from_the_mark_then_the_page(content: bytes, text: str) -> None:
    assert html_to_text(decode_html(content).text) == text


@pytest.mark.parametrize(
    "opening",
    ["<div>", "<b>", "<p><b class={i}>", "<table><tr><td>", "<svg>", "<!--", "<a href='", "<![CDATA[", "</", "&"],
)
def test_hostile_nesting_ends(opening: str) -> None:
    """Trees of the HTML5 standard take minutes or gigabytes for some of these."""
    html = "start" + "".join(opening.replace("{i}", str(i)) for i in range(50_000))
    assert html_to_text(html).startswith("start")
