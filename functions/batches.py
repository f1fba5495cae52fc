"""What catalog functions know of batches: inputs that are mapped over a webhook. The runner implements it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from functions.storage.batch_outputs import BatchOutputs


@dataclass(frozen=True)
class Webhook:
    """What is called for each input, and how; its secret is the job's, and no part of this."""

    url: str
    #: Most calls at once.
    concurrency: int
    #: Calls of one input in all.
    max_attempts: int
    #: Longest call, seconds.
    timeout_seconds: float
    #: Most calls begun in a second; None: as many as come.
    rate_per_second: float | None


class Batches(Protocol):
    """The batches that one job may use. What is found has ended, and all its outputs are on the disk."""

    def outputs(self, batch_id: str) -> BatchOutputs:
        """The outputs of a batch; waits until it has ended.

        Raises:
            StepFailed: When there is no such batch, or it was cancelled.
        """

    def map(self, inputs: Iterable[tuple[str, str]], webhook: Webhook) -> BatchOutputs:
        """The outputs of a new batch; waits until every input has its own.

        Args:
            inputs: Keys, and values as JSON; taken as there is room for them.
            webhook: What is called for each.

        Raises:
            StepFailed: When the webhook may not be called, a key is not fit or stands for two values, or somebody
                ended the batch. There is no call any more then; nor is there after any other error.
        """
