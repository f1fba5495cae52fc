"""The process: the only module of the HTTP server that reads the environment. gunicorn loads `server.asgi:app`."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import falcon.asgi
from pydantic import SecretStr
from redis.asyncio import Redis

from functions import catalog
from functions.errors import SpeedyError
from server import logs
from server.analyses.store import AnalysisStore
from server.app import create_app
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.changes import Changes
from server.jobs.results import Results
from server.jobs.store import JobStore
from server.processes.store import ProcessStore
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings
from server.templates.store import TemplateStore
from server.waiting import Waiting


class Lifespan:
    """Opens what the app waits on when the server starts, and closes what it used when the server has stopped."""

    def __init__(self, redis: Redis, store: JobStore, changes: Sequence[Changes], waiting: Sequence[Waiting]) -> None:
        self._redis = redis
        self._store = store
        self._changes = changes
        self._waiting = waiting

    async def process_startup(self, scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Listens for changes, and tells the worker how to end waits; Redis may be away."""
        scope.get("state", {})["stop"] = self._stop
        await asyncio.gather(*(changes.__aenter__() for changes in self._changes))

    async def process_shutdown(self, _scope: dict[str, Any], _event: dict[str, Any]) -> None:
        """Closes the connections to Redis."""
        for changes in self._changes:
            await changes.__aexit__(None, None, None)
        await self._store.aclose()
        await self._redis.aclose()

    def _stop(self) -> None:
        for waiting in self._waiting:
            waiting.stop()


def make_app() -> falcon.asgi.App[Any, Any]:
    """The app of this process, from its settings.

    Raises:
        SpeedyError: When no Redis is named.
    """
    settings = Settings()
    logs.configure(settings.log_format)
    if not settings.redis_url:
        raise SpeedyError("REDIS_URL is not set", hint="./start.sh serve starts a Redis of its own and sets it")
    settings.state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)
    redis = connect(settings.redis_url)
    cipher = Cipher(key)
    store = JobStore(redis, cipher)
    batch_store = BatchStore(redis, cipher)
    changes = (store.changes(), batch_store.changes())
    waiting, batch_waiting = (Waiting(one) for one in changes)
    return create_app(
        store,
        catalog.load(settings.functions_folder),
        settings,
        Results(settings.state_folder / "jobs"),
        waiting,
        batch_store=batch_store,
        batch_outputs=Outputs(batch_store, settings.batches_folder),
        batch_waiting=batch_waiting,
        processes=ProcessStore(redis),
        analyses=AnalysisStore(redis, cipher),
        templates=TemplateStore(redis),
        runner_key=_runner_key(settings),
        middleware=[Lifespan(redis, store, changes, (waiting, batch_waiting))],
    )


def _runner_key(settings: Settings) -> str:
    """The key given, or the one kept in the data folder as base64."""
    given = settings.runner_key.get_secret_value()
    return given or base64.b64encode(load_or_make_key(settings.state_folder / "runner.key", SecretStr(""))).decode()


app = make_app()
