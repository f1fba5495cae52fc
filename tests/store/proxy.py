"""A hand between a store and Redis."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Proxy:
    """Stands between a store and Redis; it can swallow answers, and the connection with them."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.swallow = 0
        self.swallowed = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._target)
        requests = asyncio.create_task(self._pass_on(reader, inner_writer))
        with suppress(ConnectionError):
            while answer := await inner_reader.read(65536):
                if self.swallow:
                    self.swallow -= 1
                    self.swallowed += 1
                    break
                writer.write(answer)
                await writer.drain()
        requests.cancel()
        inner_writer.close()
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while request := await reader.read(65536):
                writer.write(request)
                await writer.drain()
        writer.close()
