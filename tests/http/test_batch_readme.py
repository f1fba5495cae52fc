"""The README's example of batches, run as it stands there."""

from __future__ import annotations

import asyncio
import json
import re

from tests.http.batches import Client, Dispatchers
from tests.http.server import PROJECT
from tests.http.webhook import Webhook


async def test_the_readmes_example_works(batches: Client, webhook: Webhook, dispatchers: Dispatchers) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^## Batches\n.*?^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert found is not None
    commands = found[1].replace("https://example.com/crawl", webhook.url)
    commands = commands.replace("localhost:8000", dispatchers.server.url.removeprefix("http://"))
    assert webhook.url in commands
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", commands.replace("\ncurl", "\necho; curl"), stdout=asyncio.subprocess.PIPE
    )
    shown, _ = await asyncio.wait_for(process.communicate(), 60)
    filled, completed, outputs = (json.loads(line) for line in shown.decode().splitlines() if line)
    assert (filled["inputs"], completed["state"]) == (2, "COMPLETE")
    assert outputs == [{"key": "a", "value": {"did": {"depth": 2}}}, {"key": "b", "value": {"did": None}}]
