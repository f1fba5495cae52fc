"""The memory of Redis and of a dispatcher while a batch is fed many inputs.

    python -m benchmarks.batch_memory [INPUTS]

A client fills a batch whose `maxsize` is 1,000 as fast as there is room; a dispatcher calls a local sink that answers
at once. Both memories are read after each block of inputs; printed are the peaks by a tenth of the inputs, and by all.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from dataclasses import dataclass

import psutil
import uvloop

from benchmarks.batch_rig import BatchRig, batch_rig
from benchmarks.webhooks import serve
from server.batches.batch import ENDED, Input, NewBatch, Options
from server.batches.intake import Intake
from server.waiting import Waiting

_MAXSIZE = 1000
_CONCURRENCY = 100


@dataclass(frozen=True)
class Peaks:
    """Most bytes seen until so many inputs had been taken."""

    inputs: int
    redis: int
    dispatcher: int


async def measure(counts: list[int]) -> list[Peaks]:
    """The peaks by each of some counts of inputs, in rising order; the last is the size of the batch.

    Raises:
        SystemExit: When an input has no output.
    """
    ours, theirs = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    sink.start()
    try:
        url = f"http://127.0.0.1:{ours.recv()}/0"
        async with batch_rig() as rig:
            dispatcher = await rig.start_dispatcher()
            try:
                return await _feed(rig, url, psutil.Process(dispatcher.pid), counts)
            finally:
                dispatcher.terminate()
                await dispatcher.wait()
    finally:
        sink.terminate()


async def _feed(rig: BatchRig, url: str, dispatcher: psutil.Process, counts: list[int]) -> list[Peaks]:
    options = Options(url=url, concurrency=_CONCURRENCY, maxsize=_MAXSIZE)
    batch_id = (await rig.store.create(NewBatch(options))).batch_id
    found: list[Peaks] = []
    redis = own = 0
    async with rig.store.changes() as changes:
        intake = Intake(rig.store, rig.outputs, Waiting(changes))
        for first in range(0, counts[-1], _MAXSIZE):
            batch = await rig.store.get(batch_id)
            if batch is None:
                raise SystemExit("the batch is gone")
            block = range(first, min(counts[-1], first + _MAXSIZE))
            await intake.take(batch, [Input(str(number), str(number)) for number in block], waits=True)
            redis = max(redis, int((await rig.redis.info("memory"))["used_memory"]))
            own = max(own, dispatcher.memory_info().rss)
            found += [Peaks(count, redis, own) for count in counts if block.start < count <= block.stop]
        await rig.store.complete(batch_id)
        with changes.watch(batch_id) as watch:
            while (batch := await rig.store.get(batch_id)) is not None and batch.state not in ENDED:
                await watch.wait(1)
    if batch is None or (batch.counts.outputs, batch.counts.failed) != (counts[-1], 0):
        raise SystemExit(f"not every input has its output: {batch}")
    return found


async def main(inputs: int) -> None:
    """Prints the peaks."""
    begin = time.perf_counter()
    for peaks in await measure([max(1, inputs // 10), inputs]):
        redis, own = peaks.redis / 2**20, peaks.dispatcher / 2**20
        print(f"{peaks.inputs:,} inputs: Redis {redis:.1f} MiB, dispatcher {own:.1f} MiB")
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
