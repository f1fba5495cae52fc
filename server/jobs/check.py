"""Checks that jobs and the places they stand in agree, and repairs what does not."""

from __future__ import annotations

from redis.asyncio import Redis

from server.jobs.protocol import CheckReport
from server.jobs.scripts import Scripts


class Checker:
    """Compares records, lists and indexes."""

    def __init__(self, redis: Redis, scripts: Scripts) -> None:
        self._redis = redis
        self._scripts = scripts

    async def check(self) -> CheckReport:
        """Looks and repairs."""
        return CheckReport([])
