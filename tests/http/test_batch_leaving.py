"""A client that leaves while its inputs wait for room."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from tests.http.batches import Client, Dispatchers
from tests.http.server import Server
from tests.http.webhook import Webhook

KEYS = ["a", "b", "c", "d", "e"]


def send_and_stay(server: Server, batch_id: str, *keys: str) -> socket.socket:
    """Sends inputs, and leaves the connection open for the answer."""
    where = urlsplit(server.url)
    body = json.dumps([{"key": key, "value": key} for key in keys]).encode()
    connection = socket.create_connection((where.hostname, where.port), timeout=10)
    head = f"PUT /batches/{batch_id}/input HTTP/1.1\r\nHost: speedy\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


async def test_what_a_client_that_left_had_sent_is_taken_once_and_its_request_is_given_up(
    batch_server: Server, batches: Client, webhook: Webhook, no_dispatcher: Dispatchers
) -> None:
    batch_id = await batches.new(maxsize=2)
    for _ in range(3):
        with send_and_stay(batch_server, batch_id, *KEYS):
            await batches.until_record(batch_id, inputs=2)
    assert (await batches.put(await batches.new(), "other")).status_code == 201  # the server goes on

    # There is room again; nobody is left who would fill it.
    no_dispatcher.start()
    await batches.until_record(batch_id, outputs=2)
    assert len(await batches.outputs(await batches.filled("x", "y", "z"))) == 3
    assert (await batches.get(batch_id))["inputs"] == 2

    # It comes again, with all.
    assert (await batches.put(batch_id, *KEYS)).json()["inputs"] == 5
    await batches.http.post(f"/batches/{batch_id}/complete")
    assert [one["key"] for one in await batches.outputs(batch_id)] == KEYS
    assert sorted(call.key for call in webhook.calls if call.key in KEYS) == KEYS
