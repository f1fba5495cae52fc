"""`./start.sh`: the whole system on two real jobs, shown step by step, with a data folder of its own."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from functions.errors import SpeedyError
from server.settings import Settings
from server.supervisor.children import tie_to_parent
from server.supervisor.locks import take_data_folder
from server.supervisor.tree import PROJECT

#: The jobs, and the folder that each one writes.
JOBS = (("examples/readme-job.json", "data/demo/readme"), ("examples/orders-job.json", "data/demo/orders"))

_DATA = "data/demo"
_START_SECONDS = 120
_JOB_SECONDS = 300
_STOP_SECONDS = 90
_LINES_SHOWN = 10
_WIDTH = 118


class DemoFailed(SpeedyError):
    """The demo did not end well."""

    code = "demo_failed"


def run_demo() -> int:
    """Starts everything, runs the jobs, shows what they wrote, stops everything; the exit code.

    Raises:
        DataFolderBusy: When another demo runs.
        DemoFailed: When the system does not start, or a job does not end.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    # Nothing of an earlier demo, such as a job that it did not finish, is to show up in this one.
    lock = take_data_folder(PROJECT / _DATA / ".speedy")
    shutil.rmtree(PROJECT / _DATA)
    lock.release()
    _say("Starting Redis, the HTTP server and the Spark runner …")
    with _running() as url:
        _say(f"Ready: {url}")
        states = [_show_job(url, body, folder) for body, folder in JOBS]
        _say("\nStopping …")
    failed = sum(state != "DONE" for state in states)
    _say(f"{failed} of {len(states)} jobs failed." if failed else f"Done. The files stay in {_DATA}.")
    return 1 if failed else 0


@contextmanager
def _running() -> Iterator[str]:
    """The system, in a process of its own; gives its address."""
    log = PROJECT / _DATA / ".speedy" / "log.txt"
    log.parent.mkdir(mode=0o700, parents=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.supervisor", "serve"],
            cwd=PROJECT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGTERM),  # noqa: PLW1509 - this process has one thread
        )
    try:
        yield _wait_ready(process, log)
    except DemoFailed:
        _say(f"\nThe last lines of {log.relative_to(PROJECT)}:")
        _show_lines(log.read_text(errors="replace").splitlines()[-30:], most=30)
        raise
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _environment() -> dict[str, str]:
    """Our environment, with what would lead the demo elsewhere set right."""
    names = ("host", "read_roots", "write_roots", "api_keys")
    defaults = {f"SPEEDY_{name.upper()}": str(Settings.model_fields[name].default) for name in names}
    own = {"REDIS_URL": "", "SPEEDY_REDIS_URL": "", "SPEEDY_BASE": str(PROJECT), "SPEEDY_DATA": _DATA}
    return {**os.environ, **defaults, **own, "SPEEDY_PORT": "0", "SPEEDY_IDLE_SECONDS": "0"}


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    output = cast("IO[bytes]", process.stdout)
    ready, _, _ = select.select([output], [], [], _START_SECONDS)
    line = output.readline().decode() if ready else ""
    if ": http" not in line:
        raise DemoFailed("the system did not start", hint=f"see {log}")
    return line.split(": ", 1)[1].strip()


def _show_job(url: str, body: str, folder: str) -> str:
    """Submits a job, shows what happens to it and what it wrote; its last state."""
    _say(f"\n== {body}")
    job_id = _json(url + "/jobs/submit", (PROJECT / body).read_bytes())["job_id"]
    _say(f"POST /jobs/submit → {job_id}")
    deadline = time.monotonic() + _JOB_SECONDS
    after = "0"
    while (after := _follow(f"{url}/jobs/{job_id}/events", after)) != "end":
        if time.monotonic() > deadline:
            raise DemoFailed(f"job {job_id} did not end in {_JOB_SECONDS} s")
    job = _json(f"{url}/jobs/{job_id}")
    if reason := job["reason"]:
        _say(f"  {reason['code']}: {reason['detail']}")
    for file in sorted((PROJECT / folder).glob("*")) if job["state"] == "DONE" else []:
        lines = file.read_text(errors="replace").splitlines()
        _say(f"\n{file.relative_to(PROJECT)} ({len(lines)} lines)")
        _show_lines(lines)
    if job["result"]:
        rows = _json(f"{url}/jobs/{job_id}/result")["rows"]
        _say(f"\nGET /jobs/{job_id}/result ({len(rows)} rows)")
        _show_lines([json.dumps(row, ensure_ascii=False) for row in rows])
    if job["rejects"]:
        rows = _json(f"{url}/jobs/{job_id}/rejects")["rows"]
        _say(f"\nGET /jobs/{job_id}/rejects ({job['rejects']} lines that are not JSON)")
        _show_lines([json.dumps(row, ensure_ascii=False) for row in rows])
    return str(job["state"])


def _follow(url: str, after: str) -> str:
    """Shows events as they come; the id of the last one when the connection ends, or `end` after the job's end."""
    with _ask(f"{url}?after={after}", None, {"Accept": "text/event-stream"}) as stream:
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event" and value == "end":
                return "end"
            if name == "id":
                after = value
            if name == "data":
                _show_event(json.loads(value))
    return after


def _show_event(event: dict[str, Any]) -> None:
    data = event.get("data", {})
    if event.get("kind") == "state":
        _say(f"  {event['at'][11:23]}  {data['state']}")
    elif event.get("kind") == "step" and data["state"] == "DONE":
        _say(f"  {event['at'][11:23]}    step {data['index']}: {data['function']} ({data['milliseconds']:.0f} ms)")


def _json(url: str, body: bytes | None = None) -> Any:
    return json.load(_ask(url, body, {"Content-Type": "application/json"}))


def _ask(url: str, body: bytes | None, headers: dict[str, str]) -> HTTPResponse:
    """GETs, or POSTs a body.

    Raises:
        DemoFailed: When the server does not answer, or answers with a problem.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_JOB_SECONDS)
    try:
        connection.request("POST" if body else "GET", f"{parts.path}?{parts.query}", body, headers)
        response = connection.getresponse()
    except OSError as error:
        raise DemoFailed(f"{url} does not answer: {error}") from error
    if response.status >= 400:
        raise DemoFailed(f"{url} answered {response.status}: {response.read().decode(errors='replace')}")
    return response


def _show_lines(lines: list[str], most: int = _LINES_SHOWN) -> None:
    for line in lines[:most]:
        _say("  | " + (line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"))
    if len(lines) > most:
        _say(f"  | … and {len(lines) - most} more lines")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
