"""Who is calling, and whether they may: keys compared in constant time, or a principal from App Service."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from functions.errors import ForbiddenError, UnauthorizedError
from functions.settings import Settings

_ACCESS_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
"""The real service's own sentence: clients and people recognise it."""

_READING = {"GET", "HEAD", "OPTIONS"}
_OWN_SITES = {"same-origin", "none"}
"""What a browser says of a request that the studio sent, or a person by hand; other clients say nothing."""

_ROLE_CLAIMS = {"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}


class CrossSiteError(ForbiddenError):
    """A write that a browser sent for another site than this one."""

    code = "CrossSiteRequest"

    def __init__(self) -> None:
        super().__init__(
            "The browser says that a page of another site asked for this. With a sign-in, only the service's own pages "
            "may change anything; programs show a key."
        )


class Right(IntEnum):
    """What an operation asks for; a higher right includes the lower ones."""

    NONE = 0
    QUERY = 1
    """Predictions."""
    AUTHOR = 2
    """Everything else."""


ROLES = {"Nerine.Query": Right.QUERY, "Nerine.Author": Right.AUTHOR}
"""App roles of the Entra ID registration."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has shown a key or a token."""

    name: str
    """For the history of labels: the principal's name, or which kind of key."""
    right: Right


def authenticate(settings: Settings, method: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Caller:
    """The caller behind a request.

    Raises:
        UnauthorizedError: no valid key and no principal; also when no key is configured at all.
        CrossSiteError: a page of another site had a signed-in person's browser send this.
    """
    key = headers.get("ocp-apim-subscription-key") or headers.get("x-functions-key") or query.get("code")
    if key:
        if _matches(key, settings.author_keys):
            return Caller("author key", Right.AUTHOR)
        if _matches(key, settings.query_keys):
            return Caller("query key", Right.QUERY)
        raise UnauthorizedError(_ACCESS_DENIED)
    if settings.entra_enabled and (principal := headers.get("x-ms-client-principal")):
        _check_site(method, headers)
        return _from_principal(principal, headers.get("x-ms-client-principal-name"))
    raise UnauthorizedError(_ACCESS_DENIED)


def _check_site(method: str, headers: Mapping[str, str]) -> None:
    # The session of App Service may be a cookie, which a browser adds whoever wrote the page; keys are never added so.
    if method not in _READING and not _is_of_own_site(headers):
        raise CrossSiteError


def _is_of_own_site(headers: Mapping[str, str]) -> bool:
    """Whether a page of this service sent it, as far as the browser says; programs that are no browser say nothing."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in _OWN_SITES
    # Older browsers, and pages over plain HTTP: they name the site of every write, and "null" is none.
    origin = headers.get("origin")
    # A page of another site cannot set the proxy's header: its browser would ask first, and nothing here says yes.
    host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
    return origin is None or origin.lower().partition("://")[2] == host.lower()


def authorize(caller: Caller, right: Right) -> None:
    """Lets the caller pass.

    Raises:
        ForbiddenError: the operation asks for more.
    """
    if caller.right < right:
        raise ForbiddenError(
            f"This operation needs {'an author' if right is Right.AUTHOR else 'a query'} key or role; "
            f"the caller has {caller.right.name.lower()} rights."
        )


def _matches(key: str, valid: tuple[str, ...]) -> bool:
    # Every valid key is compared, so that the time taken tells nothing about which one came close.
    given = key.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(given, candidate.encode()) for candidate in valid]
    return any(matches)


def _from_principal(principal: str, name: str | None) -> Caller:
    """App Service checked the token and put its claims into a header that clients cannot set from outside."""
    try:
        claims = json.loads(base64.b64decode(principal, validate=True)).get("claims", [])
        granted = {ROLES[claim["val"]] for claim in claims if claim["typ"] in _ROLE_CLAIMS and claim["val"] in ROLES}
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnauthorizedError(_ACCESS_DENIED) from error
    return Caller(name or "principal", max(granted, default=Right.NONE))
