"""How many calls a second a batch makes, at several concurrencies and answer times: `make bench-webhooks`.

    python -m benchmarks.webhooks [CALLS]

A sink in a process of its own answers each call after 0, 10 or 100 ms. A real dispatcher calls it, over a real Redis
that syncs every write. The most that could be is concurrency ÷ answer time; what one core can do shows in the calls
per second of the dispatcher's processor time. Every output is compared with what its input asks for. Beside it, in the
same minute, a loop written by hand over aiohttp makes the same calls, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import psutil
import uvloop

from benchmarks.batch_rig import batch_rig
from server.batches.batch import ENDED, Input, NewBatch, Options
from server.batches.outputs import Outputs
from server.batches.store import BatchStore

_CONCURRENCIES = (1, 10, 100, 1000)
_ANSWER_MS = (0, 10, 100)
#: Longest run of one line, seconds.
_SECONDS = 6.0


class Sink(asyncio.Protocol):
    """Answers every POST with `{"key": <last part of the path>}` after the milliseconds in the first part."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        _, milliseconds, key = head.split(b" ", 2)[1].split(b"/")
        body = b'{"key":"' + key + b'"}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            len(body),
            body,
        )
        if milliseconds == b"0":
            self._transport.write(answer)
        else:
            asyncio.get_running_loop().call_later(int(milliseconds) / 1000, self._transport.write, answer)


def serve(port: Connection) -> None:
    """The sink's process."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=4096)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def measure(store: BatchStore, outputs: Outputs, url: str, calls: int, concurrency: int) -> float:
    """Seconds from the first call to the last output of one batch."""
    created = await store.create(NewBatch(Options(url=url, concurrency=concurrency, maxsize=1_000_000)))
    changes = store.changes()
    async with changes:
        with changes.watch(created.batch_id) as watch:
            begin = time.perf_counter()
            for first in range(0, calls, 5000):
                inputs = [Input(str(number), str(number)) for number in range(first, min(calls, first + 5000))]
                while (
                    added := await store.add(
                        created.batch_id,
                        inputs,
                        moves=await _moves(store, created.batch_id),
                        is_whole=True,
                        most_bytes=1 << 40,
                    )
                ) is None or added.is_outdated:
                    pass
            await store.complete(created.batch_id)
            while (batch := await store.get(created.batch_id)) is not None and batch.state not in ENDED:
                await watch.wait(1)
            seconds = time.perf_counter() - begin
    await outputs.move(created.batch_id)
    rows = await outputs.by_key(created.batch_id, None, calls + 1)
    wrong = [output for key, output in rows if json.loads(output) != {"key": key, "value": {"key": key}}]
    if len(rows) != calls or wrong:
        raise SystemExit(f"{len(rows)} outputs for {calls} inputs, {len(wrong)} wrong, such as {wrong[:1]}")
    await store.delete(created.batch_id)
    await outputs.delete(created.batch_id)
    return seconds


async def by_hand(url: str, calls: int, concurrency: int) -> float:
    """Seconds of the same calls in a plain loop."""
    numbers = iter(range(calls))

    async def work(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            async with session.post(f"{url}/{number}", data=str(number).encode()) as response:
                await response.json(content_type=None)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        begin = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(concurrency)))
        return time.perf_counter() - begin


async def _moves(store: BatchStore, batch_id: str) -> int:
    batch = await store.get(batch_id)
    return batch.moves if batch else 0


async def main(most: int) -> None:
    """Prints the table."""
    ours, theirs = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    sink.start()
    port = ours.recv()
    async with batch_rig() as rig:
        store, outputs = rig.store, rig.outputs
        dispatcher = await rig.start_dispatcher()
        try:
            await measure(store, outputs, f"http://127.0.0.1:{port}/0", 200, 10)  # warm
            process = psutil.Process(dispatcher.pid)
            heads = ("concurrency", "answer ms", "calls", "calls/s", "of concurrency ÷ answer time")
            print(f"| {' | '.join((*heads, 'calls/s of one core', 'by hand, calls/s', 'ratio'))} |\n{'|---' * 8}|")
            for milliseconds in _ANSWER_MS:
                for concurrency in _CONCURRENCIES:
                    limit = concurrency * 1000 / milliseconds if milliseconds else 0
                    calls = min(most, int(limit * _SECONDS)) if limit else min(most, concurrency * 2000)
                    before = sum(process.cpu_times()[:2])
                    seconds = await measure(
                        store, outputs, f"http://127.0.0.1:{port}/{milliseconds}", calls, concurrency
                    )
                    core = sum(process.cpu_times()[:2]) - before
                    plain = await by_hand(f"http://127.0.0.1:{port}/{milliseconds}", calls, concurrency)
                    share = f"{calls / seconds / limit:.0%}" if limit else ""
                    print(
                        f"| {concurrency} | {milliseconds} | {calls:,} | {calls / seconds:,.0f} | {share} |"
                        f" {calls / core:,.0f} | {calls / plain:,.0f} | {plain / seconds:.2f}x |",
                        flush=True,
                    )
        finally:
            dispatcher.terminate()
            await dispatcher.wait()
            sink.terminate()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
