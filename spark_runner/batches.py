"""The batches of jobs: what `functions.batches` describes, over Redis and the disk.

A job's steps run in a thread and block; what they ask for runs on the event loop, and is given up when the job is told
to stop. Whoever makes a batch ends it: it is cancelled unless its step had all outputs.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from functions.batches import Webhook
from functions.errors import InputMissing, StepFailed, StorageFailed
from functions.storage.batch_outputs import BatchOutputs
from server.batches.addresses import nameservers
from server.batches.batch import Batch, Input, NewBatch, Options, State
from server.batches.destinations import OPENS, Destinations, read_url, resolve_check
from server.batches.ending import until_ended
from server.batches.intake import Intake
from server.batches.keys import key_fault
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.changes import Changes
from server.errors import BatchClosed, BatchNotFound, KeyConflict, OutputsUnavailable
from server.jobs.store import Claim
from server.settings import Settings
from server.waiting import Waiting
from spark_runner.publication import insist

#: How often a thread that waits looks whether its job is to stop, seconds.
_LOOK_SECONDS = 0.1
#: How long the end of a step waits for its batch to be cancelled, seconds; it is tried on after it.
_CANCEL_SECONDS = 5.0
#: What is taken at once: so many rows, or characters and one more row.
_BLOCK_ROWS = 1000
_BLOCK_CHARACTERS = 1 << 20

T = TypeVar("T")


class BatchService:
    """What the batches of all jobs share. Its methods run on the event loop that it is made on."""

    def __init__(self, store: BatchStore, changes: Changes, settings: Settings) -> None:
        self.loop = asyncio.get_running_loop()
        self._store = store
        self._outputs = Outputs(store, settings.batches_folder)
        self._waiting = Waiting(changes)
        self._intake = Intake(store, self._outputs, self._waiting)
        self._destinations = Destinations.of(settings.webhook_allow)
        self._nameservers = nameservers(settings.webhook_nameservers)

    async def make(self, batch_id: str, new: NewBatch) -> Batch:
        """Files a batch.

        Raises:
            StepFailed: When its webhook may not be called.
        """
        await self.check_url(new.options.url)
        await insist(lambda: self._store.create(new, batch_id=batch_id), job=batch_id)
        return await self._known(batch_id)

    async def check_url(self, url: str) -> None:
        """Makes sure that a webhook may be called as things are; its name is looked up.

        Raises:
            StepFailed: When it may not.
        """
        wrong = await resolve_check(read_url(url), self._destinations, self._nameservers)
        if wrong:
            raise StepFailed(wrong, argument="url", hint=OPENS)

    async def add(self, batch: Batch, inputs: list[Input]) -> None:
        """Takes inputs, once there is room for them.

        Raises:
            StepFailed: When a key stands for two values, or somebody ended the batch.
        """
        try:
            await insist(lambda: self._intake.take(batch, inputs, waits=True), job=batch.id)
        except KeyConflict as error:
            key = inputs[int(error.faults[0].pointer.split("/")[1])].key
            raise _conflict(key) from error
        except (BatchClosed, BatchNotFound) as error:
            raise _ended_early(batch.id) from error

    async def finish(self, batch: Batch) -> BatchOutputs:
        """The outputs of a batch that gets no more inputs, once it has ended.

        Raises:
            StepFailed: When somebody ended it.
        """
        await insist(lambda: self._store.complete(batch.id), job=batch.id)
        return await self._ended(batch)

    async def outputs(self, batch_id: str, tenant: str) -> BatchOutputs:
        """The outputs of a tenant's batch, once it has ended.

        Raises:
            StepFailed: When there is no such batch, or it was cancelled.
        """
        return await self._ended(await self.batch(batch_id, tenant))

    async def batch(self, batch_id: str, tenant: str) -> Batch:
        """A tenant's batch.

        Raises:
            StepFailed: When there is no such batch, or it was cancelled.
        """
        batch = await insist(lambda: self._store.get(batch_id), job=batch_id)
        if batch is None or batch.tenant != tenant:
            raise InputMissing(
                f"there is no batch `{batch_id}`",
                argument="batch_id",
                hint="GET /batches lists those that the job's API key may load",
            )
        if batch.state is State.CANCELLED:
            raise _ended_early(batch.id)
        return batch

    async def cancel(self, batch_id: str) -> None:
        """Ends a batch, if there is one that has not ended."""
        await insist(lambda: self._store.cancel(batch_id), job=batch_id)

    async def _known(self, batch_id: str) -> Batch:
        batch = await insist(lambda: self._store.get(batch_id), job=batch_id)
        if batch is None:
            raise _ended_early(batch_id)
        return batch

    async def _ended(self, batch: Batch) -> BatchOutputs:
        found = await insist(lambda: until_ended(self._store, self._waiting, batch, None), job=batch.id)
        if found is None or found.state is State.CANCELLED:
            raise _ended_early(batch.id)
        try:
            await insist(lambda: self._outputs.move(batch.id), job=batch.id)
        except OutputsUnavailable as error:
            raise StorageFailed(f"the outputs of the batch `{batch.id}` could not be moved to the disk") from error
        return self._outputs.file(batch.id)


class JobBatches:
    """The batches of one attempt of one job; used in its thread. See `functions.batches.Batches`."""

    def __init__(self, service: BatchService, claim: Claim, check: Callable[[], None]) -> None:
        """Nothing happens yet.

        Args:
            service: What does the work.
            claim: The job.
            check: Raises when the job is to stop.
        """
        self._service = service
        self._job = claim.job
        self._fence = claim.fence
        self._secret: str | None = webhook_options(claim).get("secret")
        self._check = check
        #: Place of the current step.
        self.step = 0

    def outputs(self, batch_id: str) -> BatchOutputs:  # noqa: D102 - as the protocol says
        return self._run(self._service.outputs(batch_id, self._job.tenant))

    def map(self, inputs: Iterable[tuple[str, str]], webhook: Webhook) -> BatchOutputs:  # noqa: D102 - as the protocol says
        batch_id = batch_id_of(self._job.id, self._fence, self.step)
        options = Options(**vars(webhook), name=f"job {self._job.id}, step {self.step}")
        try:
            batch = self._run(self._service.make(batch_id, NewBatch(options, self._secret, self._job.tenant)))
            for block in _blocks(inputs):
                self._run(self._service.add(batch, block))
            return self._run(self._service.finish(batch))
        except BaseException:
            self._cancel(batch_id)
            raise

    def sweep(self, job_folder: Path, steps: Iterable[int]) -> None:
        """Cancels the batches of earlier attempts whose runners died; their folders tell that they were."""
        fences = [path.name.split("-", 1)[0] for path in job_folder.iterdir()] if job_folder.is_dir() else []
        for fence in {int(text) for text in fences if text.isdigit()} - {self._fence}:
            if fence < self._fence:
                for step in steps:
                    self._run(self._service.cancel(batch_id_of(self._job.id, fence, step)))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """What some work on the event loop gives; it is given up when the job is to stop."""
        future = asyncio.run_coroutine_threadsafe(work, self._service.loop)
        try:
            while not wait((future,), _LOOK_SECONDS).done:
                self._check()
        except BaseException:
            future.cancel()
            raise
        return future.result()

    def _cancel(self, batch_id: str) -> None:
        future = asyncio.run_coroutine_threadsafe(self._service.cancel(batch_id), self._service.loop)
        with suppress(TimeoutError):
            future.result(_CANCEL_SECONDS)


def batch_id_of(job_id: str, fence: int, step: int) -> str:
    """The id of the batch that a step of an attempt makes."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"speedy:job:{job_id}:{fence}:{step}"))


def webhook_options(claim: Claim) -> dict[str, str]:
    """The option `webhook` of a job, whose secret is stored with the other credentials."""
    found: dict[str, str] = (claim.secrets or {}).get("webhook") or {}
    return found


def _blocks(inputs: Iterable[tuple[str, str]]) -> Iterator[list[Input]]:
    """Inputs in blocks without a key that stands there twice.

    Raises:
        StepFailed: When a key is not fit, or stands for two values.
    """
    block: dict[str, str] = {}
    size = 0
    for key, value in inputs:
        wrong = key_fault(key)
        if wrong:
            raise StepFailed(f"the key `{key[:100]}` of a row {wrong}", argument="key")
        if block.setdefault(key, value) != value:
            raise _conflict(key)
        size += len(key) + len(value)
        if len(block) >= _BLOCK_ROWS or size >= _BLOCK_CHARACTERS:
            yield [Input(*pair) for pair in block.items()]
            block, size = {}, 0
    if block:
        yield [Input(*pair) for pair in block.items()]


def _conflict(key: str) -> StepFailed:
    return StepFailed(
        f"the key `{key[:100]}` stands for two different rows",
        argument="key",
        hint="name a field that holds another value in each row, or leave the key out",
    )


def _ended_early(batch_id: str) -> StepFailed:
    return StepFailed(
        f"the batch `{batch_id}` was cancelled or removed, so that outputs are missing",
        hint="GET /batches/{id}/output shows what is there of a cancelled one",
    )
