"""Submissions and status reads a second, with the append-only file synced on every write; no runner.

    python -m benchmarks.http_load [SECONDS]

At 1, 8 and 64 connections, each a keep-alive connection of its own that sends its next request when the answer is
there. The client runs in a process of its own on the same machine.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import percentile
from benchmarks.system import System

_BODY = json.dumps({"steps": [["load_rdd", "small.jsonl"], ["jsonify"], ["take", 5]]}).encode()


async def connection(host: str, port: int, request: bytes, until: float, taken: list[float]) -> None:
    """Sends one request after another until the time is up."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while time.perf_counter() < until:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                raise SystemExit(head.decode())
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            taken.append(time.perf_counter() - began)
    finally:
        writer.close()


async def load(host: str, port: int, request: bytes, connections: int, seconds: float) -> None:
    """Prints the rate and the times that requests took."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(connection(host, port, request, until, taken) for _ in range(connections)))
    milliseconds = [value * 1000 for value in taken]
    print(
        f"{connections:3d} connections: {len(taken) / seconds:8.0f} /s   median {percentile(milliseconds, 0.5):6.2f} ms"
        f"   p99 {percentile(milliseconds, 0.99):6.2f} ms",
        flush=True,
    )


def client(url: str, kind: str, job_id: str, connections: int, seconds: float) -> None:
    """The client process."""
    host, port = url.removeprefix("http://").split(":")
    if kind == "submit":
        head = (
            f"POST /jobs/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(_BODY)}"
        )
        request = head.encode() + b"\r\n\r\n" + _BODY
    else:
        request = f"GET /jobs/status/{job_id} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    asyncio.run(load(host, int(port), request, connections, seconds))


def main(seconds: float = 8) -> None:
    """Measures."""
    import httpx

    with tempfile.TemporaryDirectory() as name:
        Path(name, "small.jsonl").write_text("{}\n")
        with System(Path(name)) as system:
            answer = httpx.post(f"{system.url}/jobs/submit", content=_BODY)
            job_id = answer.raise_for_status().json()["job_id"]
            for kind in ("submit", "status"):
                print({"submit": "submissions", "status": "status reads"}[kind], flush=True)
                for connections in (1, 8, 64):
                    command = [sys.executable, "-m", "benchmarks.http_load", "client", system.url, kind, job_id]
                    subprocess.run([*command, str(connections), str(seconds)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
    else:
        main(*map(float, sys.argv[1:]))
