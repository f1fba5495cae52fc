"""The running system, started through start.sh and used over HTTP."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
START = PROJECT / "start.sh"

#: Setting up may install packages first.
_START_SECONDS = 240
_STOP_SECONDS = 60
#: Leases short enough that a test can wait for one to run out.
_SETTINGS = {
    "SPEEDY_PORT": "0",
    "SPEEDY_LEASE_SECONDS": "6",
    "SPEEDY_BEAT_SECONDS": "1",
    "SPEEDY_REAP_SECONDS": "1",
    "SPEEDY_STOP_SECONDS": "1",
}
#: What the command line of each child holds.
_SIGNS = {"runner": "spark_runner.main", "http": "server.asgi:app", "redis": "-server "}

Job = dict[str, Any]


class Speedy:
    """A running `./start.sh serve`."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, data: Path, log: Path) -> None:
        self.process = process
        self.url = url
        self.data = data
        self.log = log
        self.connect()

    def connect(self) -> None:
        """Begins with new connections."""
        # No proxy, and nothing of the environment: the address is this machine's.
        self.http = httpx.Client(base_url=self.url, timeout=90, trust_env=False)

    # -- jobs

    def submit(self, *steps: Any, **options: Any) -> str:
        """Submits a job; its id."""
        answer = self.http.post("/jobs/submit", json={"steps": list(steps), "options": options})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> Job:
        """The record."""
        return dict(self.http.get(f"/jobs/{job_id}").raise_for_status().json())

    def wait_for(self, job_id: str, *states: str, within: float = 120) -> Job:
        """The record once it is in one of these states."""

        def look() -> Job | None:
            job = self.job(job_id)
            if job["state"] in states:
                return job
            self.http.get(f"/jobs/{job_id}", params={"wait": 5, "since": job["state"]})
            return None

        return wait_until(look, within=within, what=f"job {job_id} is {' or '.join(states)}")

    def wait_ended(self, job_id: str, within: float = 120) -> Job:
        """The record once it has ended."""
        return self.wait_for(job_id, "DONE", "FAILED", "CANCELLED", within=within)

    def wait_working(self, job_id: str) -> Job:
        """The record once Spark is at work on the job's data."""

        def working() -> Job | None:
            job = self.job(job_id)
            assert job["state"] in {"QUEUED", "RUNNING"}, job
            return job if any(stage["active"] for stage in job["progress"]["stages"]) else None

        return wait_until(working, within=120, what=f"Spark works on job {job_id}")

    def wait_writing(self, job_id: str) -> None:
        """Waits until Spark's tasks write output of a job; seen on the disk, sooner than progress tells."""

        def writing() -> bool:
            if any(file.name.startswith("part-") for folder in self.staged(job_id) for file in folder.rglob("*")):
                return True
            job = self.job(job_id)
            assert job["state"] in {"QUEUED", "RUNNING"}, job
            return False

        wait_until(writing, within=120, what=f"Spark writes output of job {job_id}")

    def run(self, *steps: Any, **options: Any) -> Job:
        """Submits a job and waits for its end."""
        return self.wait_ended(self.submit(*steps, **options))

    # -- processes

    def processes(self) -> list[psutil.Process]:
        """All processes of the system but the supervisor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, name: str) -> psutil.Process | None:
        """The supervisor's child of that name, while it runs."""
        for process in psutil.Process(self.process.pid).children():
            try:
                if _SIGNS[name] in " ".join(process.cmdline()):
                    return process
            except psutil.Error:
                continue
        return None

    def wait_child(self, name: str, *, other_than: int = 0) -> psutil.Process:
        """The child of that name, once it is there and not that process."""

        def found() -> psutil.Process | None:
            child = self.child(name)
            return child if child is not None and child.pid != other_than else None

        return wait_until(found, within=60, what=f"a new {name} runs")

    def kill(self, name: str) -> int:
        """Kills a child with SIGKILL; the process id it had."""
        child = self.wait_child(name)
        child.kill()
        return child.pid

    def driver(self) -> psutil.Process:
        """Spark's JVM."""

        def found() -> psutil.Process | None:
            runner = self.child("runner")
            javas = [p for p in runner.children(recursive=True) if p.name() == "java"] if runner else []
            return javas[0] if javas else None

        return wait_until(found, within=60, what="the driver's JVM runs")

    def staged(self, job_id: str) -> list[Path]:
        """The staging folders of one job."""
        return list(self.data.rglob(f".speedy-{job_id}"))

    def leftovers(self) -> list[Path]:
        """Staging folders of jobs, wherever they lie in the data folder."""
        return list(self.data.rglob(".speedy-*"))


def _heed_interrupts() -> None:
    """A shell that runs the tests in the background has SIGINT ignored, and what it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(command: str, data: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A start.sh and its log; killed, should the test leave it running."""
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}-{command}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [START, command],
            cwd="/",
            env={**os.environ, "REDIS_URL": "", **_SETTINGS, "SPEEDY_DATA": str(data), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - before any thread of the child
        )
    try:
        yield process, log
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            finally:
                if process.poll() is None:
                    process.kill()


@contextmanager
def serving(data: Path, **environ: str) -> Iterator[Speedy]:
    """A running system on a data folder."""
    with started("serve", data, **environ) as (process, log):
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        line = process.stdout.readline().decode() if ready else ""
        assert line.startswith("Speedy Gonzales is ready: http://"), log.read_text()[-5000:]
        speedy = Speedy(process, line.split(": ", 1)[1].strip(), data, log)
        try:
            yield speedy
        finally:
            speedy.http.close()


class Restartable:
    """A system on one data folder that tests may stop or kill: whoever asks next finds it running."""

    def __init__(self, data: Path, **environ: str) -> None:
        self._data = data
        self._environ = environ
        self._open = ExitStack()
        self._last: Speedy | None = None

    def running(self) -> Speedy:
        """The system; started, where it is not there."""
        if self._last is None or self._last.process.poll() is not None:
            self.close()
            self._last = self._open.enter_context(serving(self._data, **self._environ))
        return self._last

    def close(self) -> None:
        """Ends it."""
        self._open.close()


def gone(processes: list[psutil.Process]) -> Callable[[], bool]:
    """Whether none of some processes runs any more."""
    return lambda: not any(process.is_running() and process.status() != "zombie" for process in processes)
