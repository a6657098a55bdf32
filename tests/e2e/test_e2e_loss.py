"""What is lost when something dies in the middle of a training: never the truth about the job."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from devhost.stack import Stack
from tests.e2e.conftest import Trained
from tests.e2e.rest import Rest

TRAIN = {"trainingConfigVersion": "fast", "evaluationOptions": {"kind": "manual"}}


def start(rest: Rest, trained: Trained, label: str) -> str:
    """Starts a training, waits until it is in the middle of it, and gives the job's path."""
    accepted = rest.authoring("POST", f"{trained.project}/:train", status=202, json={**TRAIN, "modelLabel": label})
    state = rest.poll(accepted, lambda state: state["result"]["trainingStatus"]["percentComplete"] >= 10)
    assert state["status"] == "running", state
    return f"{trained.project}/train/jobs/{state['jobId']}"


def model_labels(rest: Rest, trained: Trained) -> list[str]:
    return [model["label"] for model in rest.authoring("GET", f"{trained.project}/models").json()["value"]]


def training_processes(data: Path) -> list[int]:
    """Ids of the processes that train below `data`, as the operating system lists them."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"model_tools" in command and any(part.startswith(bytes(data)) for part in command):
                found.append(int(folder.name))
    return found


def wait_for(condition: object, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")


@needs_proc
@pytest.mark.stack
def test_a_killed_training_process_fails_the_job_with_the_reason(rest: Rest, trained: Trained, stack: Stack) -> None:
    path = start(rest, trained, "killed-child")
    (child,) = training_processes(stack.data)
    os.kill(child, signal.SIGKILL)
    state = rest.wait(f"{rest.client.base_url}authoring/analyze-text/projects/{path}")
    assert state["status"] == "failed"
    assert "signal 9" in state["errors"][0]["message"]
    assert state["error"]["code"] == "TrainingFailed"
    assert "killed-child" not in model_labels(rest, trained)


@needs_proc
@pytest.mark.stack
def test_a_killed_trainer_is_followed_by_one_clean_rerun(rest: Rest, trained: Trained, stack: Stack) -> None:
    path = start(rest, trained, "killed-host")
    # Only the host itself: its training process must notice by itself that nobody is there any more.
    os.kill(stack.processes["trainer"].pid, signal.SIGKILL)
    wait_for(lambda: not training_processes(stack.data), "the training process outlived its host")
    wait_for(lambda: stack.processes["trainer"].is_running, "the supervisor did not start the trainer again")
    # The storage service hands the message out again up to ten minutes later; here that is done by hand, twice,
    # since at-least-once delivery may do that as well.
    job_id = path.rsplit("/", 1)[-1]
    with QueueClient.from_connection_string(
        stack.connection_string, "training-jobs", message_encode_policy=TextBase64EncodePolicy()
    ) as queue:
        for _ in range(2):
            queue.send_message(f'{{"scope": "{trained.project}", "jobId": "{job_id}"}}')
    state = rest.wait(f"{rest.client.base_url}authoring/analyze-text/projects/{path}")
    assert state["status"] == "succeeded", state
    assert model_labels(rest, trained).count("killed-host") == 1


@pytest.mark.stack
def test_a_message_given_up_ends_in_a_failed_job(rest: Rest, trained: Trained, stack: Stack) -> None:
    """The host moves a message that failed every time to the poison queue; the job says so."""
    stack.kill("trainer")
    try:
        accepted = rest.authoring(
            "POST", f"{trained.project}/:train", status=202, json={**TRAIN, "modelLabel": "poisoned"}
        )
        job_id = accepted.headers["operation-location"].split("?")[0].rsplit("/", 1)[-1]
        with QueueClient.from_connection_string(
            stack.connection_string, "training-jobs-poison", message_encode_policy=TextBase64EncodePolicy()
        ) as poison:
            with contextlib.suppress(ResourceExistsError):
                poison.create_queue()
            poison.send_message(f'{{"scope": "{trained.project}", "jobId": "{job_id}"}}')
        state = rest.poll(accepted)
        assert state["status"] == "failed"
        assert "train again" in state["errors"][0]["message"].lower()
        # The project is free again.
        rest.authoring("POST", f"{trained.project}/:train", status=400, json={"modelLabel": "no name with blanks"})
    finally:
        stack.restart("trainer")
