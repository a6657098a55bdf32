"""Role `api`: a file in the shared container became new or changed. One function, told in one of two ways.

On Azurite the host looks for new blobs itself. In Azure, where Flex Consumption does not offer that, Event Grid puts an
event on a queue; the blob trigger's own Event Grid source would need the app's key in the subscription, and a second
deployment after the code. Whatever neither tells of is found by the `reconcile` timer.
"""

import json
import logging
from urllib.parse import unquote, urlsplit

import azure.functions as func

from functions.lifecycle import ingest
from functions.lifecycle.rules import is_name
from functions.services import get_services
from functions.settings import STORAGE
from functions.stores.connection import DOCUMENTS_CONTAINER, EVENTS_QUEUE

_LOGGER = logging.getLogger(__name__)

polled = func.Blueprint()
told = func.Blueprint()


@polled.function_name("ingest_blob")
@polled.blob_trigger("blob", f"{DOCUMENTS_CONTAINER}/{{name}}", STORAGE)
def ingest_blob(blob: func.InputStream) -> None:
    """The pattern has one parameter, since the host would match two greedily: `a/b/c.txt` would be project `a/b`.

    The bytes are read again by `ingest`, which needs them together with their ETag.
    """
    _ingest(blob.name or "")


@told.function_name("ingest_blob")
@told.queue_trigger("message", EVENTS_QUEUE, STORAGE)
def ingest_event(message: func.QueueMessage) -> None:
    """An event says where the blob is, percent-encoded; what it says of the content may be out of date by now."""
    address = json.loads(message.get_body())["data"]["url"]
    _ingest(unquote(urlsplit(address).path).removeprefix("/"))


def _ingest(path: str) -> None:
    """A file at `documents/{projectName}/{location}`."""
    project, slash, location = path.removeprefix(f"{DOCUMENTS_CONTAINER}/").partition("/")
    if not slash or not is_name(project) or not location or location.endswith("/"):
        _LOGGER.info("Blob is not in a project's folder; left alone")
        return
    ingest.ingest(get_services(), ingest.Source(project, DOCUMENTS_CONTAINER, f"{project}/"), location)
