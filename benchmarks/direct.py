"""Runs a job's steps in this process' driver: the runner's own work without queue, lease or HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from functions import catalog as functions_catalog
from functions.storage.publish import discard, publish
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from server.batches.store import BatchStore
from server.jobs.job import Job, State
from server.jobs.store import Claim
from server.limits import Limits
from server.redis_connection import connect
from server.secrets import Cipher
from server.settings import Settings
from spark_runner.attempt import Attempt
from spark_runner.batches import BatchService
from spark_runner.engine import Engine


class Direct:
    """A warm engine and the catalog, with a folder that jobs may read and write."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = Settings(base=folder, data=folder, read_roots=str(folder), **settings)
        self.engine = Engine(self.settings)
        self.engine.warm_up()
        self.catalog = functions_catalog.load()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    def run(self, steps: list[Any]) -> None:
        """Runs the steps and publishes what they wrote."""
        job = Job(id=str(uuid4()), steps=steps, state=State.RUNNING, submitted_at=0)
        claim = Claim(job=job, fence=1, nonce="direct", secrets=None, committing=False)
        roots, limits = self.settings.roots(), Limits(self.settings)
        batches = asyncio.run(_no_batches(self.settings))
        attempt = Attempt(claim, self.engine, self.catalog, self.settings, roots, limits=limits, batches=batches)
        manifest = attempt.run("direct")
        publish(manifest, attempt.folder, Uploads(Access(), job.id, claim.fence))
        discard(attempt.folder)


async def _no_batches(settings: Settings) -> BatchService:
    """Batches that cannot be reached: no benchmark uses any."""
    store = BatchStore(connect("redis://127.0.0.1:1"), Cipher(bytes(32)))
    return BatchService(store, store.changes(), settings)
