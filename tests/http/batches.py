"""What the tests of batches over HTTP share: a client that fills them, and dispatchers that call for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.http.server import PROJECT, Server, ended
from tests.http.webhook import Webhook
from tests.waiting import until

#: What may be called; the dispatchers' settings are the server's.
ALLOW = {"SPEEDY_WEBHOOK_ALLOW": "127.0.0.1"}


@dataclass
class Dispatchers:
    """Starts dispatchers of one server; all are ended with the test."""

    server: Server
    redis_url: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, number: int = 0, **settings: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "REDIS_URL": self.redis_url,
            "SPEEDY_BASE": str(self.server.state_folder.parents[1]),
            "SPEEDY_LOG_FORMAT": "json",
            "SPEEDY_STOP_SECONDS": "1",
            **ALLOW,
            **settings,
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "server.batches", "--number", str(number)],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    @property
    def log(self) -> Path:
        return self.folder / "dispatchers.log"

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def end(self) -> None:
        for process in self.processes:
            ended(process, signal.SIGTERM)


@dataclass
class Client:
    """A client of batches."""

    http: httpx.AsyncClient
    webhook: Webhook
    root: str = "/batches"

    async def new(self, **body: Any) -> str:
        answer = await self.http.post(self.root, json={"url": self.webhook.url, **body})
        assert answer.status_code == 201, answer.text
        batch_id: str = answer.json()["id"]
        return batch_id

    async def put(self, batch_id: str, *keys: str, **headers: str) -> httpx.Response:
        """Sends inputs; the value of each is its key."""
        inputs = [{"key": key, "value": key} for key in keys]
        return await self.http.put(f"{self.root}/{batch_id}/input", json=inputs, headers=headers)

    async def filled(self, *keys: str, **body: Any) -> str:
        """A batch that is complete."""
        batch_id = await self.new(**body)
        assert (await self.put(batch_id, *keys)).status_code == 201
        assert (await self.http.post(f"{self.root}/{batch_id}/complete")).status_code == 200
        return batch_id

    async def get(self, batch_id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/batches/{batch_id}")
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record

    async def outputs(self, batch_id: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{self.root}/{batch_id}/output", params=parameters)
        assert answer.status_code == 200, answer.text
        outputs: list[dict[str, Any]] = answer.json()
        return outputs

    async def until_record(self, batch_id: str, **members: Any) -> dict[str, Any]:
        """The record once some members of it have these values."""
        for _ in range(1500):
            record = await self.get(batch_id)
            if all(record[name] == value for name, value in members.items()):
                return record
            await _a_while()
        raise AssertionError(f"never {members}: {record}")


async def _a_while() -> None:
    looks = iter((False, True))
    await until(lambda: next(looks), within=1, what="a look later")
