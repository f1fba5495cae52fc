"""The running system for measurements: Redis and the HTTP server as children, the runner in this process.

With the runner in this process, the same warm driver can also be called directly, in turn with jobs over HTTP.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

import uvloop

from functions import catalog as functions_catalog
from server.batches.store import BatchStore
from server.jobs.store import JobStore
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings
from server.supervisor.children import Child
from server.supervisor.embedded_redis import EmbeddedRedis
from server.supervisor.tree import http_program, listen
from spark_runner.batches import BatchService
from spark_runner.engine import Engine
from spark_runner.runner import Runner


class System:
    """Redis and the HTTP server, and the runner where an engine is given; ends with the `with` block."""

    def __init__(self, folder: Path, engine: Engine | None = None, **settings: Any) -> None:
        self.folder = folder
        self._engine = engine
        self._given = {"base": folder, "data": folder, "read_roots": str(folder), "port": 0, **settings}
        self._loop = uvloop.new_event_loop()  # as the runner's own process does
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._children: list[Child] = []
        self._runner: Runner | None = None
        self._running: asyncio.Task[bool] | None = None
        self.url = ""
        self.store: JobStore
        self.pids: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        self.call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine on the system's event loop and gives its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        redis = EmbeddedRedis(self.folder / ".speedy" / "redis")
        child = await Child.start(await redis.prepare(os.environ))
        await redis.wait_ready(child)
        settings = Settings(**self._given, redis_url=redis.url)
        listener = listen(settings.host, 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        names = {f"SPEEDY_{key.upper()}": str(value) for key, value in self._given.items()}
        environ = {**os.environ, **names, "REDIS_URL": redis.url}
        http = await Child.start(http_program(listener, environ))
        self._children = [http, child]
        self.pids = {"redis": child.pid, "http": http.pid}
        key = load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)
        self.store = JobStore(connect(redis.url), Cipher(key))
        if self._engine is not None:
            batches = BatchStore(connect(redis.url), Cipher(key))
            service = BatchService(batches, batches.changes(), settings)  # no benchmark waits for one
            catalog = functions_catalog.load()
            self._runner = Runner(self.store, self._engine, catalog, settings, "benchmark", batches=service)
            self._running = asyncio.create_task(self._runner.run())

    async def _stop(self) -> None:
        if self._runner is not None and self._running is not None:
            self._runner.stop()
            await self._running
        for child in self._children:
            await child.stop(10)
