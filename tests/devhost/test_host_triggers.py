import base64
import json
import signal
import time
import uuid
from collections.abc import Iterator

import pytest

from devhost.azurite import Azurite
from tests.devhost.sample_hosts import Account, HostProcess, HostStarter, wait_for


@pytest.fixture(scope="module")
def hosts(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostStarter]:
    with HostStarter(azurite, tmp_path_factory) as starter:
        yield starter


@pytest.fixture(scope="module")
def account(azurite: Azurite) -> Iterator[Account]:
    with Account(azurite) as opened:
        yield opened


@pytest.fixture(scope="module")
def host(hosts: HostStarter) -> HostProcess:
    return hosts.start()


def _job() -> str:
    return uuid.uuid4().hex


# Queues


def test_http_to_queue_to_blob(host: HostProcess, account: Account) -> None:
    first, second = _job(), _job()
    bodies = [json.dumps({"job": first}), json.dumps({"job": second})]
    assert host.http.post("/jobs", json=bodies).status_code == 202
    note = host.noted(job=first)
    assert (note["function"], note["tries"], note["receipt"]) == ("work", 1, True)
    assert note["message"]
    assert note["inserted"].endswith("+00:00")
    host.noted(done=second)
    results = account.container(f"{host.prefix}-results")
    wait_for(lambda: {blob.name for blob in results.list_blobs()} >= {f"{first}.txt", f"{second}.txt"})
    assert results.download_blob(f"{first}.txt").readall().decode() == first


def test_failing_message_goes_to_poison_with_the_same_body(host: HostProcess, account: Account) -> None:
    job = _job()
    account.send(f"{host.prefix}-jobs", {"job": job, "fails": True})
    poison = wait_for(lambda: [m for m in account.peek(f"{host.prefix}-jobs-poison") if job in _decoded(m)])
    assert json.loads(_decoded(poison[0])) == {"job": job, "fails": True}
    assert [note["tries"] for note in host.notes(job=job)] == [1, 2, 3]


def test_message_that_is_not_base64_goes_to_poison_without_a_run(host: HostProcess, account: Account) -> None:
    host.http.post("/jobs", json=[])  # no message, but the queue
    account.send(f"{host.prefix}-jobs", {"job": "first"})
    account.queue(f"{host.prefix}-jobs").send_message("{not base64}")
    wait_for(lambda: "{not base64}" in account.peek(f"{host.prefix}-jobs-poison"))


def test_lease_is_renewed_while_the_function_runs(hosts: HostStarter, account: Account) -> None:
    host = hosts.start("--queue-lease=1")
    job = _job()
    account.queue(f"{host.prefix}-jobs").create_queue()
    account.send(f"{host.prefix}-jobs", {"job": job, "seconds": 3})
    host.noted(done=job)
    wait_for(lambda: account.queue(f"{host.prefix}-jobs").get_queue_properties().approximate_message_count == 0)
    assert len(host.notes(job=job)) == 1


def test_crash_is_counted_and_its_message_comes_back_then_is_poison(hosts: HostStarter, account: Account) -> None:
    settings = {"AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "2"}
    first = hosts.start("--queue-lease=1", **settings)
    job = _job()
    account.queue(f"{first.prefix}-jobs").create_queue()
    account.send(f"{first.prefix}-jobs", {"job": job, "seconds": 60})
    assert first.noted(job=job)["tries"] == 1
    first.process.kill()
    second = hosts.start("--queue-lease=1", prefix=first.prefix, **settings)
    assert second.noted(job=job)["tries"] == 2
    second.process.kill()
    third = hosts.start("--queue-lease=1", prefix=first.prefix, **settings)
    wait_for(lambda: account.peek(f"{first.prefix}-jobs-poison"))
    assert third.notes(job=job) == []


def test_drain_finishes_what_runs_and_takes_nothing_more(hosts: HostStarter, account: Account) -> None:
    settings = {
        "AzureFunctionsJobHost__extensions__queues__batchSize": "1",
        "AzureFunctionsJobHost__extensions__queues__newBatchThreshold": "0",
    }
    host = hosts.start(**settings)
    running, waiting = _job(), _job()
    account.queue(f"{host.prefix}-jobs").create_queue()
    account.send(f"{host.prefix}-jobs", {"job": running, "seconds": 1})
    account.send(f"{host.prefix}-jobs", {"job": waiting})
    host.noted(job=running)
    assert host.stop() == 0
    assert host.notes(done=running)
    assert host.notes(job=waiting) == []
    assert len(account.peek(f"{host.prefix}-jobs")) == 1


def test_drain_by_request_leaves_http_answering(hosts: HostStarter, account: Account) -> None:
    host = hosts.start()
    assert host.http.post("/admin/host/drain").status_code == 202
    assert host.http.get("/admin/host/status").json()["state"] == "Draining"
    assert host.http.get("/open").text == "open"
    assert host.process.exit_code is None


def test_exceeded_timeout_ends_the_process_with_an_error(hosts: HostStarter, account: Account) -> None:
    host = hosts.start(AzureFunctionsJobHost__functionTimeout="00:00:01")
    account.queue(f"{host.prefix}-jobs").create_queue()
    account.send(f"{host.prefix}-jobs", {"job": _job(), "seconds": 60})
    assert host.process.wait(10) > 0
    assert any("work exceeded functionTimeout (0:00:01)" in line for line in host.lines)


# Blobs


def test_blobs_are_found_once_and_again_when_overwritten(host: HostProcess, account: Account) -> None:
    documents = account.container(f"{host.prefix}-docs")
    for number in range(5):  # within one second
        documents.upload_blob(f"p/deep/{number}.txt", f"text {number}")
    documents.upload_blob("p/skipped.pdf", b"%PDF")
    for number in range(5):
        note = host.noted(blob=f"{host.prefix}-docs/p/deep/{number}.txt")
        assert (note["text"], note["length"]) == (f"text {number}", 6)
        assert note["uri"].endswith(f"/{host.prefix}-docs/p/deep/{number}.txt")
    documents.upload_blob("p/deep/0.txt", b"changed", overwrite=True)
    host.noted(text="changed")
    assert len(host.notes(function="ingest", text="text 1")) == 1
    assert host.notes(blob=f"{host.prefix}-docs/p/skipped.pdf") == []


def test_receipts_follow_the_hosts_layout_and_survive_it(hosts: HostStarter, account: Account) -> None:
    first = hosts.start()
    documents = account.container(f"{first.prefix}-docs")
    etag = documents.upload_blob("p/old.txt", b"old").get_blob_properties().etag
    first.noted(text="old")
    prefix = f"blobreceipts/{first.prefix}/Host.Functions.ingest/"
    receipts = wait_for(lambda: list(account.container("azure-webjobs-hosts").list_blob_names(name_starts_with=prefix)))
    assert receipts == [f'{prefix}"{etag.strip(chr(34))}"/{documents.container_name}/p/old.txt']
    assert first.stop() == 0
    documents.upload_blob("p/new.txt", b"new")
    second = hosts.start(prefix=first.prefix)
    second.noted(text="new")
    assert second.notes(text="old") == []


def test_failing_blob_goes_to_poison_after_five_tries(host: HostProcess, account: Account) -> None:
    account.container(f"{host.prefix}-docs").upload_blob("p/bad.txt", b"bad")
    wait_for(lambda: [m for m in account.peek("webjobs-blobtrigger-poison") if host.prefix in _decoded(m)])
    message = next(m for m in account.peek("webjobs-blobtrigger-poison") if host.prefix in _decoded(m))
    value = json.loads(_decoded(message))
    assert value["FunctionId"] == "Host.Functions.ingest"
    assert (value["ContainerName"], value["BlobName"]) == (f"{host.prefix}-docs", "p/bad.txt")
    assert len(host.notes(text="bad")) == 5


def _event(account: Account, host: HostProcess, name: str) -> dict[str, object]:
    container = f"{host.prefix}-events"
    return {
        "specversion": "1.0",
        "type": "Microsoft.Storage.BlobCreated",
        "data": {"url": account.container(container).get_blob_client(name).url, "eTag": "0x1", "blobType": "BlockBlob"},
    }


def test_event_grid_feeds_a_function_that_is_not_polled(host: HostProcess, account: Account) -> None:
    container = account.container(f"{host.prefix}-events")
    container.upload_blob("a/b.txt", b"event")
    container.upload_blob("silent.txt", b"silent")
    url = "/runtime/webhooks/blobs?functionName=Host.Functions.ingest_event"
    headers = {"aeg-event-type": "Notification"}
    events = [_event(account, host, "a/b.txt"), _event(account, host, "gone.txt")]
    assert host.http.post(url, json=events, headers=headers).status_code == 202
    assert host.noted(text="event")["blob"] == f"{host.prefix}-events/a/b.txt"
    assert host.notes(text="silent") == []


@pytest.mark.parametrize(
    ("event_type", "body", "status"),
    [
        ("SubscriptionValidation", [{"data": {"validationCode": "code-1"}}], 200),
        ("SubscriptionValidation", [{}], 400),
        ("Notification", [{"data": {}}], 400),
        ("Notification", "text", 400),
        ("Unknown", [{"data": {"url": "http://a/b/c"}}], 400),
    ],
)
def test_event_grid_webhook_answers(host: HostProcess, event_type: str, body: object, status: int) -> None:
    response = host.http.post("/runtime/webhooks/blobs", json=body, headers={"aeg-event-type": event_type})
    assert response.status_code == status
    if status == 200:
        assert response.json() == {"validationResponse": "code-1"}


# Firing by hand


def test_functions_are_fired_by_hand(host: HostProcess, account: Account) -> None:
    assert host.noted(function="tick")["past_due"] is False  # it runs on startup
    before = len(host.notes(function="tick"))
    assert host.http.post("/admin/functions/tick", json={"input": ""}).status_code == 202
    wait_for(lambda: len(host.notes(function="tick")) == before + 1)
    account.container(f"{host.prefix}-events").upload_blob("fired.txt", b"fired")
    host.http.post("/admin/functions/ingest_event", json={"input": f"{host.prefix}-events/fired.txt"})
    host.noted(text="fired")


def test_second_signal_does_not_wait(hosts: HostStarter, account: Account) -> None:
    host = hosts.start()
    job = _job()
    account.queue(f"{host.prefix}-jobs").create_queue()
    account.send(f"{host.prefix}-jobs", {"job": job, "seconds": 60})
    host.noted(job=job)
    started = time.monotonic()
    host.process.send_signal(signal.SIGINT)
    wait_for(lambda: any("draining" in line for line in host.lines))
    host.process.send_signal(signal.SIGINT)
    assert host.process.wait(10) == 128 + signal.SIGINT
    assert time.monotonic() - started < 10


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content, validate=True).decode()
    except ValueError:
        return content
