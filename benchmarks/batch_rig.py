"""What the measures of batches share: a Redis that syncs every write, a store on it, and real dispatchers."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings
from server.supervisor.children import Child
from server.supervisor.embedded_redis import EmbeddedRedis

_ROOT = Path(__file__).resolve().parents[1]


@dataclass
class BatchRig:
    """Batches in a folder of their own."""

    redis: Redis
    store: BatchStore
    outputs: Outputs
    environment: dict[str, str]

    async def start_dispatcher(self) -> Process:
        """A dispatcher that may call this machine; the caller ends it."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.batches", cwd=_ROOT, env=self.environment
        )


@asynccontextmanager
async def batch_rig() -> AsyncIterator[BatchRig]:
    """Starts the Redis, and ends it with the block."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(base=Path(folder))
        environment = {**os.environ, "SPEEDY_BASE": folder, "SPEEDY_DATA": "data", "SPEEDY_WEBHOOK_ALLOW": "127.0.0.1"}
        redis_server = EmbeddedRedis(settings.state_folder / "redis")
        child = await Child.start(await redis_server.prepare(environment))
        await redis_server.wait_ready(child)
        redis = connect(redis_server.url)
        store = BatchStore(redis, Cipher(load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)))
        outputs = Outputs(store, settings.batches_folder)
        try:
            yield BatchRig(redis, store, outputs, {**environment, "REDIS_URL": redis_server.url})
        finally:
            await redis.aclose()
            await child.stop(30)
            redis_server.clean_up()
