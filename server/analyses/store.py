"""Analyses in Redis: asked for by the server, answered by a runner, and forgotten soon after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis

from functions.check import Fault
from server.analyses.analysis import Analysis, Findings
from server.errors import QueueFull
from server.redis_connection import for_blocking, tells_absence
from server.scripts import Call, Scripts
from server.secrets import Cipher

FOLDER = Path(__file__).parent / "lua"
#: Where each name under KEYS lies; `{id}` is the analysis'.
KEYS: Mapping[str, str] = {"analysis": "analysis:{id}", "line": "analyses:waiting", "wake": "jobs:wake"}

#: Most analyses that wait at once.
_MOST = 1000
_RETRY_AFTER = 1
#: An answer later than asked for by so much means that the connection is dead; seconds.
_GRACE_SECONDS = 5.0


class AnalysisStore:
    """The analyses of one server.

    Every operation raises StoreUnavailable while Redis does not answer.
    """

    def __init__(self, redis: Redis, cipher: Cipher, *, prefix: str = "speedy:") -> None:
        """Uses a client made by `redis_connection.connect` (its answers are text).

        Args:
            redis: The client; the caller closes it.
            cipher: Encrypts credentials.
            prefix: What the name of every key begins with.
        """
        self._blocking = for_blocking(redis)
        self._cipher = cipher
        self._scripts = Scripts(redis, prefix, FOLDER, KEYS)

    async def aclose(self) -> None:
        """Closes the connections that the store made for itself."""
        await self._blocking.aclose()

    @tells_absence
    async def file(self, analysis: Analysis, *, keep_seconds: float) -> None:
        """Puts an analysis in the line.

        Args:
            analysis: What is to be analysed.
            keep_seconds: How long someone waits for the answer.

        Raises:
            QueueFull: When too many wait.
        """
        ciphertext = "" if analysis.secrets is None else self._cipher.encrypt(analysis.id, analysis.secrets)
        arguments: dict[str, str | int] = {
            "id": analysis.id,
            "most": _MOST,
            "keep_ms": round(keep_seconds * 1000),
            "body": json.dumps({"steps": analysis.steps, "tenant": analysis.tenant}),
            "ciphertext": ciphertext,
        }
        if await self._scripts.run(Call("file", arguments)) == "FULL":
            raise QueueFull(_RETRY_AFTER)

    @tells_absence
    async def take(self, seconds: float) -> Analysis | None:
        """The next analysis, waiting at most so many seconds; None when there is none that anyone waits for."""
        async with asyncio.timeout(seconds + _GRACE_SECONDS):
            found = await self._blocking.blpop([self._scripts.key("line")], timeout=seconds)
        if found is None:
            return None
        analysis_id = str(found[1])
        key = self._scripts.key("analysis", analysis_id)
        body, ciphertext = await self._scripts.command("HMGET", key, "body", "ciphertext")
        if body is None:
            return None
        secrets = self._cipher.decrypt(analysis_id, ciphertext) if ciphertext else None
        return Analysis(analysis_id, **json.loads(body), secrets=secrets)

    @tells_absence
    async def answer(self, analysis_id: str, findings: Findings) -> None:
        """Leaves what was found for whoever waits."""
        found = {**vars(findings), "faults": [vars(fault) for fault in findings.faults]}
        arguments = {"id": analysis_id, "answer": json.dumps(found)}
        await self._scripts.run(Call("answer", arguments))

    @tells_absence
    async def findings(self, analysis_id: str) -> Findings | None:
        """What was found; None: nothing yet."""
        text = await self._scripts.command("HGET", self._scripts.key("analysis", analysis_id), "answer")
        if text is None:
            return None
        found = json.loads(text)
        return Findings(
            tuple(Fault(**fault) for fault in found["faults"]),
            tuple(found["steps"]),
            tuple(found["warnings"]),
            tuple(found["plans"]),
            found["bytes"],
        )
