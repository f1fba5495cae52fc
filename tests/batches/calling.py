"""Calls of a webhook as tests make them: with a secret and a URL that must show nowhere."""

from __future__ import annotations

from server.batches.answers import Answer, Failure
from server.batches.destinations import Destinations, read_url
from server.batches.webhook import Webhook, WebhookCall
from tests.batches.servers import Reply, answers, serving

SECRET = 'canary-Secret/+"x'
CALL = WebhookCall("batch-1", "key-1", b'{"n": 1}', "batch-1:key-1", 1)


def webhook(
    url: str,
    allow: str = "127.0.0.1",
    *,
    secret: str | None = SECRET,
    seconds: float = 10,
    most: int = 100_000,
    names: int | None = None,
) -> Webhook:
    return Webhook(
        read_url(url),
        Destinations.of(allow),
        secret=secret,
        timeout_seconds=seconds,
        max_response_bytes=most,
        nameservers=(f"127.0.0.1:{names}",) if names else (),
    )


async def called(url: str, allow: str = "127.0.0.1", *, seconds: float = 10, names: int | None = None) -> Answer:
    async with webhook(url, allow, seconds=seconds, names=names) as hook:
        return await hook.call(CALL)


async def answer_to(reply: Reply | bytes, *, seconds: float = 10, most: int = 100_000) -> Answer:
    async with serving(answers(reply) if isinstance(reply, bytes) else reply) as served:
        async with webhook(f"http://127.0.0.1:{served.port}/canary-path?canary=1", seconds=seconds, most=most) as hook:
            found = await hook.call(CALL)
        assert len(served.requests) == 1
    assert "canary" not in repr(found)
    if isinstance(found, Failure):
        assert "canary" not in found.message
        assert found.message.startswith(f"http://127.0.0.1:{served.port} ")
    return found


async def failure_of(reply: Reply | bytes, *, seconds: float = 10, most: int = 100_000) -> Failure:
    found = await answer_to(reply, seconds=seconds, most=most)
    assert isinstance(found, Failure), found
    return found
