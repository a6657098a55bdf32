"""Who may do what: keys, principals, and closed doors where nothing is configured."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from functions.http.app import create_app
from functions.http.auth import Right
from functions.http.catalogue import OPERATIONS
from functions.services import Services
from tests.functions.api_client import AUTHOR_KEY, AUTHORING, HOST, QUERY_KEY, RUNTIME, ApiClient, assert_error

PROJECTS = f"{AUTHORING}/projects"
ANALYZE = f"{RUNTIME}/:analyze-text"


ClientWith = Callable[..., ApiClient]


@pytest.fixture
def client_with(services: Services) -> Iterator[ClientWith]:
    """Makes a client of the service with other settings."""
    with ExitStack() as cleanup:

        def make(**settings: Any) -> ApiClient:
            changed = replace(services, settings=replace(services.settings, **settings))
            client = ApiClient(create_app(lambda: changed))
            cleanup.callback(client.close)
            return client

        yield make


def principal(*roles: str, typ: str = "roles") -> str:
    claims = [{"typ": "name", "val": "Ann"}, *({"typ": typ, "val": role} for role in roles)]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Ocp-Apim-Subscription-Key": "wrong"},
        {"Ocp-Apim-Subscription-Key": AUTHOR_KEY[:-1]},
        {"Ocp-Apim-Subscription-Key": AUTHOR_KEY + "0"},
        {"Ocp-Apim-Subscription-Key": AUTHOR_KEY.upper()},
        {"Ocp-Apim-Subscription-Key": ""},
        {"Ocp-Apim-Subscription-Key": f"{AUTHOR_KEY},{QUERY_KEY}"},
        {"Ocp-Apim-Subscription-Key": b"\xff\xfe"},
        {"Authorization": f"Bearer {AUTHOR_KEY}"},
        {"x-ms-client-principal": principal("Nerine.Author")},
    ],
)
def test_no_valid_key_is_a_401_in_the_gateways_words(client: ApiClient, headers: dict[str, Any]) -> None:
    error = assert_error(client.get(PROJECTS, key=None, headers=headers), 401, "401")
    assert error == {
        "code": "401",
        "message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
        "key for an active subscription and use a correct regional API endpoint for your resource.",
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_asks_for_a_key(client: ApiClient, operation: Any) -> None:
    path = operation.path.replace(":path}", "}").format_map({"projectName": "p", "location": "l", "jobId": "j",
        "deploymentName": "d", "trainedModelLabel": "m", "exportedModelName": "e", "category": "c", "changeId": "i"})  # fmt: skip
    assert_error(client.request(operation.method, path, key=None), 401, "401")
    if operation.right is Right.AUTHOR:
        assert_error(client.request(operation.method, path, key=QUERY_KEY), 403, "Forbidden")


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"Ocp-Apim-Subscription-Key": AUTHOR_KEY}},
        {"headers": {"x-functions-key": AUTHOR_KEY}},
        {"code": AUTHOR_KEY},
    ],
)
def test_a_key_may_come_three_ways(client: ApiClient, sent: dict[str, Any]) -> None:
    assert client.get(PROJECTS, key=None, **sent).status_code == 200


def test_a_wrong_key_is_not_saved_by_a_right_one_elsewhere(client: ApiClient) -> None:
    assert_error(client.get(PROJECTS, key="wrong", code=AUTHOR_KEY), 401, "401")


def test_a_query_key_predicts_only(client: ApiClient) -> None:
    assert_error(client.post(ANALYZE, key=QUERY_KEY), 400, "InvalidArgument", inner="EmptyRequest")
    assert_error(client.get(PROJECTS, key=QUERY_KEY), 403, "Forbidden")


def test_an_author_key_predicts_too(client: ApiClient) -> None:
    assert_error(client.post(ANALYZE, key=AUTHOR_KEY), 400, "InvalidArgument", inner="EmptyRequest")


@pytest.mark.parametrize("key", ["", "anything", None, AUTHOR_KEY])
def test_without_keys_nobody_gets_in(client_with: ClientWith, key: str | None) -> None:
    closed = client_with(author_keys=(), query_keys=())
    assert_error(closed.get(PROJECTS, key=key), 401, "401")
    assert_error(closed.post(ANALYZE, key=key), 401, "401")


def test_two_keys_are_valid_at_once(client_with: ClientWith) -> None:
    rotating = client_with(author_keys=("the-old-key-012345", "the-new-key-012345"))
    for key in ("the-old-key-012345", "the-new-key-012345"):
        assert rotating.get(PROJECTS, key=key).status_code == 200
    assert_error(rotating.get(PROJECTS, key=AUTHOR_KEY), 401, "401")


@pytest.mark.parametrize(
    ("roles", "authoring", "prediction"),
    [
        (["Nerine.Author"], 200, 400),
        (["Nerine.Query"], 403, 400),
        (["Nerine.Query", "Nerine.Author"], 200, 400),
        (["Somebody.Else"], 403, 403),
        ([], 403, 403),
    ],
)
def test_principals_where_app_service_vouches(
    client_with: ClientWith, roles: list[str], authoring: int, prediction: int
) -> None:
    entra = client_with(entra_enabled=True)
    headers = {"x-ms-client-principal": principal(*roles), "x-ms-client-principal-name": "ann@contoso.com"}
    assert entra.get(PROJECTS, key=None, headers=headers).status_code == authoring
    assert entra.post(ANALYZE, key=None, headers=headers).status_code == prediction


def test_the_long_name_of_the_role_claim(client_with: ClientWith) -> None:
    header = principal("Nerine.Author", typ="http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
    reply = client_with(entra_enabled=True).get(PROJECTS, key=None, headers={"x-ms-client-principal": header})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "not base64!",
        "AAAA",
        base64.b64encode(b"not json").decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'"text"').decode(),
        base64.b64encode(b'{"claims": null}').decode(),
        base64.b64encode(b'{"claims": [1]}').decode(),
        base64.b64encode(b'{"claims": [{"typ": "roles"}]}').decode(),
        base64.b64encode(b'{"claims": [{"typ": "roles", "val": ["Nerine.Author"]}]}').decode(),
        base64.b64encode(b'{"claims": [{"typ": ["roles"], "val": "Nerine.Author"}]}').decode(),
    ],
)
def test_a_principal_that_cannot_be_read(client_with: ClientWith, header: str) -> None:
    entra = client_with(entra_enabled=True)
    assert_error(entra.get(PROJECTS, key=None, headers={"x-ms-client-principal": header}), 401, "401")


@pytest.mark.parametrize(
    ("site", "reading", "writing"),
    [(None, 200, 404), ("same-origin", 200, 404), ("none", 200, 404), ("same-site", 200, 403), ("cross-site", 200, 403),
     ("", 200, 403), ("Same-Origin, cross-site", 200, 403)],
)  # fmt: skip
def test_other_sites_do_not_write_with_somebodys_sign_in(
    client_with: ClientWith, site: str | None, reading: int, writing: int
) -> None:
    entra = client_with(entra_enabled=True)
    headers = {"x-ms-client-principal": principal("Nerine.Author")}
    if site is not None:
        headers["Sec-Fetch-Site"] = site
    assert entra.get(PROJECTS, key=None, headers=headers).status_code == reading
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        path = f"{PROJECTS}/none/:train" if method == "POST" else f"{PROJECTS}/none/documents/a.txt"
        reply = entra.request(method, path, key=None, headers=headers, json={"modelLabel": "m", "dataset": "Train"})
        assert reply.status_code == writing, method
        if writing == 403:
            assert_error(reply, 403, "CrossSiteRequest")


@pytest.mark.parametrize(
    ("origin", "writing"),
    [("{host}", 404), ("https://evil.example", 403), ("{host}.evil.example", 403), ("null", 403), ("", 403)],
)
def test_without_fetch_metadata_the_origin_has_to_be_this_host(
    client_with: ClientWith, origin: str, writing: int
) -> None:
    entra = client_with(entra_enabled=True)
    headers = {"x-ms-client-principal": principal("Nerine.Author"), "Origin": origin.format(host=f"https://{HOST}")}
    reply = entra.post(f"{PROJECTS}/none/:train", key=None, headers=headers, json={"modelLabel": "m"})
    assert reply.status_code == writing
    assert entra.get(PROJECTS, key=None, headers=headers).status_code == 200
    # What the browser itself says of the request goes first.
    own = {**headers, "Sec-Fetch-Site": "same-origin"}
    assert entra.post(f"{PROJECTS}/none/:train", key=None, headers=own, json={"modelLabel": "m"}).status_code == 404


def test_a_key_is_its_own_proof_whatever_the_browser_says(client_with: ClientWith) -> None:
    entra = client_with(entra_enabled=True)
    reply = entra.post(f"{PROJECTS}/none/:train", headers={"Sec-Fetch-Site": "cross-site"}, json={"modelLabel": "m"})
    assert reply.status_code == 404
