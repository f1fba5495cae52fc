"""The README's examples of batches and of batch keys, run as they stand there."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx

from tests.http.batches import Client, Dispatchers
from tests.http.server import PROJECT, Server
from tests.http.webhook import Webhook


def example(heading: str, server: Server) -> str:
    """The commands below a heading, against a server of ours."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n.*?^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1].replace("localhost:8000", server.url.removeprefix("http://"))


async def shown_by(commands: str) -> list[Any]:
    """What each `curl` shows."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", commands.replace("\ncurl", "\necho; curl"), stdout=asyncio.subprocess.PIPE
    )
    shown, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return [json.loads(line) for line in shown.decode().splitlines() if line]


async def test_the_readmes_example_works(batches: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    commands = example("Batches", dispatchers.server).replace("https://example.com/crawl", webhook.url)
    assert webhook.url in commands
    filled, completed, outputs = await shown_by(commands)
    assert (filled["inputs"], completed["state"]) == (2, "COMPLETE")
    assert outputs == [{"key": "a", "value": {"did": {"depth": 2}}}, {"key": "b", "value": {"did": None}}]


async def test_the_readmes_example_of_batch_keys_works(server: Server, client: httpx.AsyncClient) -> None:
    made, keys, renewed, released = await shown_by(example("Batch keys", server))
    assert (made["process_name"], made["key_set_size"]) == ("nightly", 10)
    assert len(keys) == 10
    assert [key["external_id"] for key in keys if key["external_id"]] == [renewed["external_id"]]
    assert released["external_id"] == renewed["external_id"]
    assert released["outcome"] == "completed"
    assert (await client.get("/api/v1/process/nightly")).json()["keys_leased"] == 0
