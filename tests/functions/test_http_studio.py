"""The studio's files over HTTP: types, ETags, compression, the policy, and what is said when nothing was built."""

import gzip
from pathlib import Path

import pytest

from functions.http import studio
from tests.functions.api_client import ApiClient

PAGE = b"<!doctype html><title>Nerine</title>"
SCRIPT = b"console.log('studio')"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as Vite leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / "assets/index-Ab12.js").write_bytes(SCRIPT)
    (tmp_path / "icon.svg").write_bytes(b"<svg/>")
    monkeypatch.setattr(studio, "_DIST", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/studio", "/studio/", "/studio/index.html"])
def test_the_page_needs_no_key_and_is_revalidated(client: ApiClient, path: str) -> None:
    reply = client.get(path, key=None, version=None)
    assert (reply.status_code, reply.content) == (200, PAGE)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("built")
def test_hashed_files_are_kept_for_ever(client: ApiClient) -> None:
    reply = client.get("/studio/assets/index-Ab12.js", key=None, version=None)
    assert (reply.status_code, reply.content) == (200, SCRIPT)
    assert reply.headers["content-type"].startswith("text/javascript")
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("encoding", ["gzip, br", "identity"])
def test_an_etag_names_one_encoding_and_answers_304(client: ApiClient, encoding: str) -> None:
    headers = {"accept-encoding": encoding}
    first = client.get("/studio", headers=headers, key=None, version=None)
    again = client.get("/studio", headers=headers | {"if-none-match": first.headers["etag"]}, key=None, version=None)
    other = client.get(
        "/studio",
        headers={
            "accept-encoding": "identity" if "gzip" in encoding else "gzip",
            "if-none-match": first.headers["etag"],
        },
        key=None,
        version=None,
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200
    assert ("content-encoding" in first.headers) is ("gzip" in encoding)
    assert first.headers["vary"] == "accept-encoding"


def test_compressed_bytes_are_the_same_file(built: Path) -> None:
    del built
    files = studio._files(studio._DIST)
    assert {name: gzip.decompress(file.compressed) for name, file in files.items()} == {
        name: file.plain for name, file in files.items()
    }


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/studio", "/studio/assets/index-Ab12.js", "/studio/none"])
def test_nothing_from_elsewhere_and_nothing_inline(client: ApiClient, path: str) -> None:
    policy = client.get(path, key=None, version=None).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/studio/none.js", "/studio/assets", "/studio/..%2Fpyproject.toml", "/studio/assets/%2e%2e/secret.txt"]
)
def test_only_files_that_were_built_have_a_name(client: ApiClient, built: Path, path: str) -> None:
    (built.parent / "secret.txt").write_text("secret")
    assert client.get(path, key=None, version=None).status_code == 404


def test_without_a_build_the_page_says_how(client: ApiClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio, "_DIST", tmp_path / "none")
    reply = client.get("/studio/", key=None, version=None)
    assert reply.status_code == 404
    assert "make studio" in reply.text
    assert reply.headers["cache-control"] == "no-store"
