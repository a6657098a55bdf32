import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhost.errors import RoutingError
from devhost.routing import Router, create_route, find_overlap
from devhost.templates import parse_template

MATCHES = [
    # template, path, parameters (None: no match)
    ("", "", {}),
    ("", "x", None),
    ("health", "health", {}),
    ("health", "HEALTH/", {}),
    ("health", "healthy", None),
    ("health", "health//", None),
    ("language/:analyze-text", "language/:analyze-text", {}),
    ("language/:analyze-text", "Language/:Analyze-Text", {}),
    ("projects/{p}", "projects/Global", {"p": "Global"}),
    ("projects/{p}", "projects", None),
    ("projects/{p}", "projects/a/b", None),
    ("projects/{p}", "projects//", None),
    ("projects/{p}/:train", "projects/a:b/:train", {"p": "a:b"}),
    ("projects/{p}/:train", "projects/a/train", None),
    ("jobs/{id:int}", "jobs/12", {"id": "12"}),
    ("jobs/{id:int}", "jobs/-12", {"id": "-12"}),
    ("jobs/{id:int}", "jobs/2147483648", None),
    ("jobs/{id:long}", "jobs/2147483648", {"id": "2147483648"}),
    ("jobs/{id:int}", "jobs/12a", None),
    ("jobs/{id:alpha}", "jobs/abC", {"id": "abC"}),
    ("jobs/{id:alpha}", "jobs/ab1", None),
    ("jobs/{id:guid}", "jobs/CA761232-ED42-11CE-BACD-00AA0057B223", {"id": "CA761232-ED42-11CE-BACD-00AA0057B223"}),
    ("jobs/{id:guid}", "jobs/CA761232", None),
    ("jobs/{id:bool}", "jobs/TRUE", {"id": "TRUE"}),
    ("jobs/{id:bool}", "jobs/1", None),
    ("jobs/{id:datetime}", "jobs/2026-11-23", {"id": "2026-11-23"}),
    ("jobs/{id:datetime}", "jobs/soon", None),
    ("jobs/{id:double}", "jobs/1.5e3", {"id": "1.5e3"}),
    ("jobs/{id:decimal}", "jobs/one", None),
    ("jobs/{id:length(2)}", "jobs/ab", {"id": "ab"}),
    ("jobs/{id:length(2,3)}", "jobs/abcd", None),
    ("jobs/{id:minlength(3)}", "jobs/ab", None),
    ("jobs/{id:maxlength(3)}", "jobs/abc", {"id": "abc"}),
    ("jobs/{id:min(18)}", "jobs/17", None),
    ("jobs/{id:max(18)}", "jobs/17", {"id": "17"}),
    ("jobs/{id:range(1,3)}", "jobs/4", None),
    ("jobs/{id:int:min(3)}", "jobs/2", None),
    ("jobs/{id:int:min(3)}", "jobs/3", {"id": "3"}),
    ("jobs/{id:regex(^\\d{{2}}-x$)}", "jobs/12-X", {"id": "12-X"}),
    ("jobs/{id:regex(^a:b/c$)}", "jobs/x", None),
    ("jobs/{id:file}", "jobs/a.txt", {"id": "a.txt"}),
    ("jobs/{id:nonfile}", "jobs/a.txt", None),
    ("jobs/{id:required}", "jobs/x", {"id": "x"}),
    ("list/{page?}", "list", {}),
    ("list/{page?}", "list/", {}),
    ("list/{page:int?}", "list/2", {"page": "2"}),
    ("list/{page:int?}", "list/x", None),
    ("list/{page=1}", "list", {"page": "1"}),
    ("list/{page:int=1}", "list/4", {"page": "4"}),
    ("{a=1}/{b=2}", "", {"a": "1", "b": "2"}),
    ("{a=1}/{b=2}", "x", {"a": "x", "b": "2"}),
    ("studio/{*rest}", "studio", {}),
    ("studio/{*rest}", "studio/", {}),
    ("studio/{*rest}", "studio/a/b.js", {"rest": "a/b.js"}),
    ("studio/{*rest}", "studio/a/", {"rest": "a/"}),
    ("studio/{**rest}", "studio/a", {"rest": "a"}),
    ("studio/{*rest:file}", "studio/a/b", None),
    ("studio/{*rest=index}", "studio", {"rest": "index"}),
    ("studio/{*rest}", "studios", None),
    ("{*rest}", "", {}),
    ("files/{name}.{ext}", "files/a.b.txt", {"name": "a.b", "ext": "txt"}),
    ("files/{name}.{ext}", "files/a", None),
    ("files/{name}.{ext?}", "files/a", {"name": "a"}),
    ("files/{name}.{ext?}", "files/a.txt", {"name": "a", "ext": "txt"}),
    ("v{major:int}/x", "V2/x", {"major": "2"}),
    ("v{major:int}/x", "vb/x", None),
    ("jobs/{id}:cancel", "jobs/a:b:cancel", {"id": "a:b"}),
    ("a{{b}}", "a{b}", {}),
]


@pytest.mark.parametrize(("template", "path", "parameters"), MATCHES)
def test_template_matches(template: str, path: str, parameters: dict[str, str] | None) -> None:
    assert parse_template(template).match(path) == parameters


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("a//b", "two slashes"),
        ("a?b", "outside braces"),
        ("{a}{b}", "literal between"),
        ("{a}/{A}", "twice"),
        ("{*a}/b", "last segment"),
        ("{a?}/b", "last segment"),
        ("x{*a}", "segment of its own"),
        ("{a}-{b?}", "final dot"),
        ("{a?}.{b}", "final dot"),
        ("{*a?}", "optional already"),
        ("{a:wordlike}", "not one the host knows"),
        ("{a:length(x)}", "not one the host knows"),
        ("{a:regex([)}", "malformed"),
        ("{a", "do not close"),
        ("a}", "do not close"),
        ("{}", "do not close"),
        ("{:int}", "no valid parameter name"),
    ],
)
def test_malformed_template_is_refused(template: str, reason: str) -> None:
    with pytest.raises(RoutingError, match=reason):
        parse_template(template)


def _router(*routes: tuple[str, str | None, list[str] | None], prefix: str = "") -> Router:
    return Router(create_route(name, route, prefix=prefix, methods=methods) for name, route, methods in routes)


@pytest.mark.parametrize(
    ("method", "path", "function_name"),
    [
        ("GET", "/api/items/1", "read"),
        ("get", "/API/Items/1/", "read"),
        ("PUT", "/api/items/1", "write"),
        ("HEAD", "/api/items/1", None),  # not implied by GET
        ("OPTIONS", "/api/items/1", None),
        ("DELETE", "/api/items/1", None),
        ("OPTIONS", "/api/any", "everything"),
        ("PURGE", "/api/any/thing", "everything"),
        ("POST", "/api/unnamed", "unnamed"),
        ("GET", "/items/1", None),  # no prefix
    ],
)
def test_function_is_chosen_by_method_and_path(method: str, path: str, function_name: str | None) -> None:
    router = _router(
        ("write", "items/{id}", ["PUT"]),
        ("read", "items/{id}", ["GET"]),
        ("everything", "any/{*rest}", None),
        ("unnamed", None, ["POST"]),
        prefix="api",
    )
    match = router.match(method, path)
    assert (match.function_name if match else None) == function_name


@pytest.mark.parametrize("route", ["admin", "administration/x", "/Admin", "runtime/webhooks", "runtimes"])
def test_reserved_prefix_is_refused(route: str) -> None:
    with pytest.raises(RoutingError, match=r"`f`.*reserved"):
        create_route("f", route, prefix="", methods=None)


OVERLAPS = [
    # templates, whether one path fits both
    ("projects/{name}", "projects/global", True),
    ("projects/{name:int}", "projects/global", False),
    ("projects/{name:int}", "projects/{name:alpha}", False),
    ("projects/{name:int}", "projects/{name:minlength(4)}", True),
    ("projects/{name:guid}", "projects/{name}", True),
    ("a/{*rest}", "a/b/c", True),
    ("a/{*rest}", "a", True),
    ("a/{*rest}", "b/{*rest}", False),
    ("{*rest}", "health", True),
    ("language/:analyze-text", "language/analyze-text/{*path}", False),
    ("language/{x}", "language/:analyze-text", True),
    ("list/{page?}", "list", True),
    ("a/{b=1}", "a", True),
    ("files/{name}.{ext}", "files/readme", False),
    ("files/{name}.{ext}", "files/readme.md", True),
    ("Health", "health/", True),
    ("", "health", False),
]


@pytest.mark.parametrize(("first", "second", "overlaps"), OVERLAPS)
def test_overlap_is_found_with_an_example(first: str, second: str, *, overlaps: bool) -> None:
    left, right = parse_template(first), parse_template(second)
    path = find_overlap(left, right)
    assert (path is not None) == overlaps
    if path is not None:
        assert left.match(path) is not None
        assert right.match(path) is not None


def test_overlap_stops_the_start_and_names_both_and_a_path() -> None:
    with pytest.raises(RoutingError, match=r"`project` .* and `project_global` .* GET /projects/global"):
        _router(("project_global", "projects/global", ["GET"]), ("project", "projects/{name}", ["GET", "PUT"]))


def test_overlap_of_other_methods_is_none() -> None:
    _router(("project_global", "projects/global", ["GET"]), ("project", "projects/{name}", ["PUT"]))


_WORDS = st.sampled_from(["a", "b", ":run", "v1", "x.y"])
_SEGMENTS = st.lists(st.one_of(_WORDS, st.just("{}")), max_size=4)


def _named(segments: list[str]) -> str:
    return "/".join(f"{{p{index}}}" if text == "{}" else text for index, text in enumerate(segments))


@given(_SEGMENTS, st.lists(_WORDS, max_size=4))
def test_plain_templates_match_segment_by_segment(segments: list[str], pieces: list[str]) -> None:
    expected = len(segments) == len(pieces) and all(s in {"{}", p} for s, p in zip(segments, pieces, strict=False))
    assert (parse_template(_named(segments)).match("/".join(pieces)) is not None) == expected


@given(_SEGMENTS, _SEGMENTS)
def test_overlap_of_plain_templates_is_exact(first: list[str], second: list[str]) -> None:
    expected = len(first) == len(second) and all(
        left == right or "{}" in {left, right} for left, right in zip(first, second, strict=True)
    )
    found = find_overlap(parse_template(_named(first)), parse_template(_named(second)))
    assert (found is not None) == expected
