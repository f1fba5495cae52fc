"""Reading the outputs of a batch."""

from __future__ import annotations

from functions.arguments.batches import BatchId
from functions.batches import Batches
from functions.catalog import function
from functions.storage.storage import Storage
from functions.workspace import Lines


@function
def load_batch(batch_id: BatchId, *, batches: Batches, storage: Storage) -> Lines:
    """Read the outputs of a batch, one row an output, once the batch has ended.

    Each row is a line of JSON as `GET /batches/{batch_id}/output` gives it: `{"key": …, "value": …}`, or
    `{"key": …, "error": {"statusCode": …, "message": …, "body": …}}` where the input failed; `jsonify` makes objects
    of them. They come in the order in which the batch got them. The job waits for the batch to end, as long as its own
    time allows, and meanwhile holds one of the runner's slots: complete a batch before you submit the job, and give the
    job a `timeout_seconds`. A batch that was cancelled fails it, since outputs are missing. What was current before is
    replaced.

    Args:
        batch_id: The batch: one that was made with the same API key.

    Example:
        ["load_batch", "2f6c1a52-8d0b-4b5e-9a43-6f0f6f7f3c11"]
    """
    return Lines(storage.read_outputs(batches.outputs(batch_id)))
