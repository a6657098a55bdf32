"""The studio: static files that Vite built, read once, served with ETags under a strict policy."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag

_DIST = Path(__file__).parents[2] / "studio/dist"
_INDEX = "index.html"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "vary": "accept-encoding",
}

_NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The studio is not built</title></head><body>
<h1>The studio is not built</h1>
<p>This service runs without it. To have it, build it once with Node.js 20 or newer and restart:</p>
<pre>make studio</pre>
<p>The API is here all the same: <a href="/docs">its documentation</a>.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of the studio, plain and compressed, each with its strong ETag."""

    media_type: str
    cache_control: str
    plain: bytes
    compressed: bytes
    plain_etag: str
    compressed_etag: str


def get_studio(call: Call) -> Reply:
    """The studio's one page; where it was not built, a page that says how."""
    page = _files(_DIST).get(_INDEX)
    if page is None:
        return Reply(_NOT_BUILT, 404, _HEADERS | {"cache-control": "no-store"}, "text/html; charset=utf-8")
    return _reply(call, page)


def get_studio_file(call: Call) -> Reply:
    """A file that the page asks for. Names are looked up among those that were built: no path leads elsewhere."""
    file = _files(_DIST).get(call.path["file"])
    if file is None:
        return Reply(b"Not found\n", 404, _HEADERS | {"cache-control": "no-store"}, "text/plain")
    return _reply(call, file)


def _reply(call: Call, file: StaticFile) -> Reply:
    is_gzip = "gzip" in call.headers.get("accept-encoding", "")
    etag = file.compressed_etag if is_gzip else file.plain_etag
    headers = {**_HEADERS, "cache-control": file.cache_control, "etag": etag}
    known = {each.strip().removeprefix("W/") for each in call.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Reply(status=304, headers=headers)
    if is_gzip:
        return Reply(file.compressed, headers=headers | {"content-encoding": "gzip"}, media_type=file.media_type)
    return Reply(file.plain, headers=headers, media_type=file.media_type)


@cache
def _files(folder: Path) -> dict[str, StaticFile]:
    """Every file under `folder` by its path there; none where the studio was not built."""
    return {path.relative_to(folder).as_posix(): _load(path) for path in folder.rglob("*") if path.is_file()}


def _load(path: Path) -> StaticFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # Names under assets/ carry a hash of the content, so that what they name never changes.
    is_hashed = path.parent.name == "assets"
    return StaticFile(
        media_type if not media_type.startswith("text/") else f"{media_type}; charset=utf-8",
        "public, max-age=31536000, immutable" if is_hashed else "no-cache",
        content,
        gzip.compress(content, mtime=0),
        f'"{digest}"',
        f'"{digest}-gzip"',
    )


OPERATIONS = (
    Operation(
        "studio", "GET", "/studio", "The studio, for a browser.", Tag.SERVICE, Right.NONE, get_studio, versioned=False
    ),
    Operation(
        "studioFile",
        "GET",
        "/studio/{file:path}",
        "A file of the studio.",
        Tag.SERVICE,
        Right.NONE,
        get_studio_file,
        versioned=False,
    ),
)
