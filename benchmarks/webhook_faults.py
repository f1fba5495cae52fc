"""Proof that every input gets exactly one output: `make proof`.

    python -m benchmarks.webhook_faults [INPUTS] [KILLS]

A webhook fails one call in five (a 5xx, a hang, a reset), and the dispatcher is killed again and again while inputs are
in flight (10,000 inputs and 100 kills by default). The webhook counts what it works on at once, which must never be
more than the batch's concurrency; at the end every input must have one output, and it must be its own.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import Any

import uvloop

from benchmarks.batch_rig import batch_rig
from server.batches.batch import ENDED, Breaker, Input, NewBatch, Options

_CONCURRENCY = 50
_ANSWER_SECONDS = 0.02
_BAD_SHARE = 0.2


class Counts:
    """What the webhook saw."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.most_in_flight = 0
        self.calls = 0
        self.keys: dict[str, str] = {}
        self.progress = asyncio.Event()


class FaultyWebhook(asyncio.Protocol):
    """Answers a call with its key, or fails it."""

    def __init__(self, counts: Counts, chance: random.Random) -> None:
        self._counts = counts
        self._chance = chance
        self._buffer = b""
        self._working = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:  # noqa: D102
        self._end()

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        key = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        counts = self._counts
        stable = counts.keys.setdefault(key, fields[b"idempotency-key"].decode())
        if stable != fields[b"idempotency-key"].decode():
            raise SystemExit(f"key {key} came with two idempotency keys")
        counts.calls += 1
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        counts.progress.set()
        self._working = True
        fate = self._chance.random()
        if fate > _BAD_SHARE:
            body = b'{"key":"%b"}' % key.encode()
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        elif fate > _BAD_SHARE / 3 * 2:
            answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
        elif fate > _BAD_SHARE / 3:
            asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self._transport.abort)
            return
        else:
            return  # it hangs, until the dispatcher gives up
        asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self._answer, answer)

    def _answer(self, answer: bytes) -> None:
        self._end()
        if not self._transport.is_closing():  # the dispatcher may have been killed meanwhile
            self._transport.write(answer)

    def _end(self) -> None:
        if self._working:
            self._working = False
            self._counts.in_flight -= 1


async def prove(inputs: int, kills: int) -> None:
    """Runs it.

    Raises:
        SystemExit: When an input has no output, or another's, or too many were in flight.
    """
    counts, chance = Counts(), random.Random(20)
    server = await asyncio.get_running_loop().create_server(lambda: FaultyWebhook(counts, chance), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with batch_rig() as rig:
        store, outputs = rig.store, rig.outputs
        options = Options(
            url=f"http://127.0.0.1:{port}/hook",
            concurrency=_CONCURRENCY,
            maxsize=inputs,
            max_attempts=20,
            timeout_seconds=1.0,
            breaker=Breaker(failures=1_000_000),
        )
        batch_id = (await store.create(NewBatch(options))).batch_id
        begin = time.perf_counter()
        for first in range(0, inputs, 5000):
            block = [Input(str(number), str(number)) for number in range(first, min(inputs, first + 5000))]
            await store.add(batch_id, block, moves=0, is_whole=True, most_bytes=1 << 40)
        await store.complete(batch_id)
        killed = 0
        dispatcher = await rig.start_dispatcher()
        try:
            async with store.changes() as changes:
                with changes.watch(batch_id) as watch:
                    while (batch := await store.get(batch_id)) is not None and batch.state not in ENDED:
                        # Kills are spread over the inputs, and each meets calls in flight.
                        due = batch.counts.outputs >= killed * inputs / (kills + 1)
                        if killed < kills and due and counts.in_flight > 0:
                            dispatcher.kill()
                            await dispatcher.wait()
                            killed += 1
                            dispatcher = await rig.start_dispatcher()
                        await watch.wait(0.05)
            seconds = time.perf_counter() - begin
            await outputs.move(batch_id)
            rows = await outputs.by_key(batch_id, None, inputs + 1)
        finally:
            dispatcher.terminate()
            await dispatcher.wait()
            server.close()
    wrong = [output for key, output in rows if json.loads(output) != {"key": key, "value": {"key": key}}]
    if len(rows) != inputs or wrong or counts.most_in_flight > _CONCURRENCY or killed < kills:
        raise SystemExit(
            f"{len(rows)} outputs of {inputs}, {len(wrong)} wrong, such as {wrong[:1]}; at most "
            f"{counts.most_in_flight} in flight of {_CONCURRENCY}; {killed} kills"
        )
    print(
        f"{inputs:,} inputs, each with its one output, in {counts.calls:,} calls; the dispatcher was killed {killed} "
        f"times; at most {counts.most_in_flight} of {_CONCURRENCY} in flight; {seconds:.0f} s"
    )


if __name__ == "__main__":
    uvloop.run(prove(*(map(int, sys.argv[1:3] or (10_000, 100)))))
