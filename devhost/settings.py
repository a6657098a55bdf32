"""Everything a host is told from outside: host.json, local.settings.json and the environment, read once."""

import hashlib
import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from devhost.azurite import DEVELOPMENT_STORAGE
from devhost.errors import HostStartError

DEFAULT_CONNECTION = "AzureWebJobsStorage"
_OVERRIDE_PREFIX = "azurefunctionsjobhost__"
_DEFAULT_BODY_LIMIT = 104_857_600
_DEFAULT_TIMEOUT = timedelta(minutes=30)
_TIME_SPAN = re.compile(
    r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(\.\d+)?))?"
)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """`extensions.queues` of host.json."""

    batch_size: int
    new_batch_threshold: int
    visibility_timeout: timedelta
    """The delay before a failed message is tried again; not the lease."""
    max_dequeue_count: int
    max_polling_interval: timedelta
    is_base64: bool


@dataclass(frozen=True, slots=True)
class BlobSettings:
    """`extensions.blobs` of host.json."""

    max_degree_of_parallelism: int
    poison_blob_threshold: int


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The settings of one host process."""

    script_root: Path
    host_id: str
    route_prefix: str
    function_timeout: timedelta | None
    """None means no limit."""
    body_limit: int
    """Bytes of a request body."""
    thread_count: int
    """Threads for functions that are not async."""
    has_extension_bundle: bool
    queues: QueueSettings
    blobs: BlobSettings
    environment: Mapping[str, str]
    """The app settings."""

    def resolve(self, text: str) -> str:
        """Replace every `%NAME%` in a binding's text by the app setting of that name.

        Raises:
            HostStartError: There is no such setting.
        """
        return re.sub(r"%([^%\s]+)%", lambda match: self._required(match[1], f"%{match[1]}% in a binding"), text)

    def connection_string(self, name: str | None) -> str:
        """The storage connection string that a binding's `connection` names.

        Raises:
            HostStartError: The setting is missing, or is an identity, which has no emulator.
        """
        name = name or DEFAULT_CONNECTION
        value = self.environment.get(f"AzureWebJobs{name}") or self.environment.get(name)
        if not value:
            if any(key.startswith(f"{name}__") for key in self.environment):
                raise HostStartError(
                    f"The connection `{name}` is an identity (`{name}__…`). This local host needs a connection "
                    f"string: set `{name}`, for example to UseDevelopmentStorage=true."
                )
            value = self._required(name, "a connection")
        return DEVELOPMENT_STORAGE if value.strip().rstrip(";").lower() == "usedevelopmentstorage=true" else value

    def is_disabled(self, function_name: str) -> bool:
        """Whether an app setting switches the function off."""
        keys = (f"AzureWebJobs.{function_name}.Disabled", f"AzureWebJobs_{function_name}_Disabled")
        return any(self.environment.get(key, "").strip().lower() in {"1", "true"} for key in keys)

    def _required(self, name: str, use: str) -> str:
        value = self.environment.get(name)
        if not value:
            raise HostStartError(
                f"The app setting `{name}` is missing and is needed as {use}. Set it in the environment or under "
                "Values in local.settings.json."
            )
        return value


def load_settings(script_root: Path, environment: Mapping[str, str]) -> HostSettings:
    """Read the settings of the app in `script_root`; the real environment wins over local.settings.json.

    Raises:
        HostStartError: A file is missing or malformed, or a value does not fit.
    """
    merged = {**_local_values(script_root / "local.settings.json"), **environment}
    section = _Section(_host_json(script_root / "host.json"), _overrides(merged))
    return HostSettings(
        script_root=script_root,
        host_id=_host_id(script_root, merged),
        route_prefix=section.text("extensions.http.routePrefix", "api").strip("/"),
        function_timeout=_timeout(section),
        body_limit=_integer("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", merged, _DEFAULT_BODY_LIMIT),
        # The host sets 1000 for the worker where the app says nothing.
        thread_count=_integer("PYTHON_THREADPOOL_THREAD_COUNT", merged, 1000),
        has_extension_bundle=section.has("extensionBundle.id"),
        queues=_queue_settings(section),
        blobs=BlobSettings(
            max_degree_of_parallelism=section.integer("extensions.blobs.maxDegreeOfParallelism", 8 * _cores()),
            poison_blob_threshold=section.integer("extensions.blobs.poisonBlobThreshold", 5),
        ),
        environment=merged,
    )


def parse_time_span(text: str) -> timedelta:
    """Read `[d.]hh:mm[:ss]`, as .NET writes a TimeSpan.

    Raises:
        ValueError: The text is not a time span.
    """
    match = _TIME_SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text}` is not a time span such as 00:05:00")
    return timedelta(**{unit: float(match[unit] or 0) for unit in ("days", "hours", "minutes", "seconds")})


class _Section:
    """host.json with the overrides laid over it; keys ignore case."""

    def __init__(self, values: Mapping[str, Any], overrides: Mapping[str, str]) -> None:
        self._values = dict(_flatten(values)) | dict(overrides)

    def has(self, path: str) -> bool:
        return path.lower() in self._values

    def text(self, path: str, default: str) -> str:
        return str(self._values.get(path.lower(), default))

    def integer(self, path: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
        text = self.text(path, str(default))
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise HostStartError(f"host.json: `{path}` is `{text}`, not a whole number from {low} to {high}")
        return int(text)

    def span(self, path: str, default: timedelta) -> timedelta:
        if not self.has(path):
            return default
        try:
            return parse_time_span(self.text(path, ""))
        except ValueError as error:
            raise HostStartError(f"host.json: `{path}`: {error}") from error


def _flatten(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in values.items():
        path = f"{prefix}{key}".lower()
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{path}.")
        elif value is not None:
            flat.append((path, str(value)))
    return flat


def _overrides(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        key[len(_OVERRIDE_PREFIX) :].replace("__", ".").lower(): value
        for key, value in environment.items()
        if key.lower().startswith(_OVERRIDE_PREFIX)
    }


def _host_json(path: Path) -> dict[str, Any]:
    values = _read_json(path)
    if values is None:
        raise HostStartError(f"There is no host.json in {path.parent}: is this the root of a function app?")
    if values.get("version") != "2.0":
        raise HostStartError('host.json must say "version": "2.0".')
    return values


def _local_values(path: Path) -> dict[str, str]:
    values = _read_json(path) or {}
    if values.get("IsEncrypted"):
        raise HostStartError("local.settings.json is encrypted; decrypt it with `func settings decrypt`.")
    return {str(key): str(value) for key, value in values.get("Values", {}).items()}


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise HostStartError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise HostStartError(f"{path.name} must hold a JSON object.")
    return values


def _queue_settings(section: _Section) -> QueueSettings:
    batch_size = section.integer("extensions.queues.batchSize", 16, low=1, high=32)
    encoding = section.text("extensions.queues.messageEncoding", "base64").lower()
    if encoding not in {"base64", "none"}:
        raise HostStartError(f"host.json: `extensions.queues.messageEncoding` is `{encoding}`, not base64 or none")
    # Two seconds is what the host takes in the Development environment, where this one always is.
    longest = section.span("extensions.queues.maxPollingInterval", timedelta(seconds=2))
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=section.integer("extensions.queues.newBatchThreshold", batch_size // 2 * _cores()),
        visibility_timeout=section.span("extensions.queues.visibilityTimeout", timedelta()),
        max_dequeue_count=section.integer("extensions.queues.maxDequeueCount", 5, low=1),
        max_polling_interval=max(longest, timedelta(milliseconds=100)),
        is_base64=encoding == "base64",
    )


def _timeout(section: _Section) -> timedelta | None:
    if section.text("functionTimeout", "").strip() == "-1":
        return None
    return section.span("functionTimeout", _DEFAULT_TIMEOUT)


def _integer(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, "") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise HostStartError(f"The app setting `{name}` is `{text}`, not a positive whole number.")
    return int(text)


def _host_id(script_root: Path, environment: Mapping[str, str]) -> str:
    """The name under which the host keeps its state in storage; a new one replays all blobs."""
    given = environment.get("AzureFunctionsWebHost__hostid") or environment.get("AzureFunctionsWebHost:hostid")
    site = given or environment.get("WEBSITE_SITE_NAME")
    if site:
        return site.lower()[:32].rstrip("-")
    machine = re.sub(r"[^a-z0-9]", "", socket.gethostname().lower()) or "local"
    digest = hashlib.sha256(str(script_root.resolve()).encode()).hexdigest()
    return f"{machine[:20]}-{digest[:10]}"


def _cores() -> int:
    return os.cpu_count() or 1
