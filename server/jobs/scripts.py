"""Loads the Lua files and runs them by their names.

A file's map is its opening comment, and it is also its interface: the names under KEYS and ARGV become the
tables K and A of the script, in that order, and Python passes them by the same names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

_FOLDER = Path(__file__).parent / "lua"
_PRELUDE = "prelude"

#: Where each name under KEYS lies; `{id}` is the job's.
KEYS: Mapping[str, str] = {
    "job": "job:{id}",
    "secrets": "job:{id}:secrets",
    "events": "job:{id}:events",
    "queued_high": "jobs:queued:high",
    "queued_normal": "jobs:queued",
    "queued_low": "jobs:queued:low",
    "running": "jobs:running",
    "wake": "jobs:wake",
    "leases": "jobs:leases",
    "delayed": "jobs:delayed",
    "claims": "jobs:claims",
    "fence": "jobs:fence",
    "server": "jobs:server",
    "by_time": "jobs:by_time",
    "ended": "jobs:ended",
    **{state: f"jobs:by_state:{state}" for state in ("QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED")},
}


@dataclass(frozen=True)
class Script:
    """A Lua file with its interface."""

    text: str
    keys: tuple[str, ...]
    arguments: tuple[str, ...]
    sha: str


@dataclass(frozen=True)
class Call:
    """One run of a script: its arguments, and the keys that its map names but `KEYS` does not settle."""

    script: str
    arguments: Mapping[str, str | int | float]
    keys: Mapping[str, str] = field(default_factory=dict)
    rest: Sequence[str] = ()


@cache
def read_script(name: str) -> Script:
    """A script of the folder, put together with the prelude."""
    body = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    opening = re.match(r"(--.*\n)+", body)
    heading = opening.group() if opening else ""
    keys, arguments = _names(heading, "KEYS"), _names(heading, "ARGV")
    text = "\n".join(
        (
            _table("K", "KEYS", keys),
            _table("A", "ARGV", arguments),
            f"local REST = {len(arguments) + 1}",
            (_FOLDER / f"{_PRELUDE}.lua").read_text(encoding="utf-8"),
            body,
        )
    )
    return Script(text, keys, arguments, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Scripts:
    """Runs scripts on one Redis. They are loaded when Redis does not know them, as after a restart."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    def key(self, name: str, job_id: str = "") -> str:
        """The full key of a name in `KEYS`."""
        return self._prefix + KEYS[name].replace("{id}", job_id)

    async def run(self, call: Call) -> Any:
        """Runs one script and gives its answer."""
        command = self._command(call)
        try:
            return await self.command(*command)
        except NoScriptError:
            await self._load()
            return await self.command(*command)

    async def command(self, *parts: str | int | float) -> Any:
        """Runs a plain command."""
        return await self._redis.execute_command(*parts)  # type: ignore[no-untyped-call]

    async def run_many(self, calls: Sequence[Call]) -> list[Any]:
        """Runs scripts in one round trip. All may run twice when Redis had to load them: each is safe to repeat."""
        try:
            return await self._pipeline(calls)
        except NoScriptError:
            await self._load()
            return await self._pipeline(calls)

    async def _pipeline(self, calls: Sequence[Call]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*self._command(call))
        return list(await pipeline.execute())

    async def _load(self) -> None:
        names = sorted(file.stem for file in _FOLDER.glob("*.lua") if file.stem != _PRELUDE)
        pipeline = self._redis.pipeline(transaction=False)
        for name in names:
            pipeline.script_load(read_script(name).text)
        await pipeline.execute()

    def _command(self, call: Call) -> list[str | int | float]:
        script = read_script(call.script)
        arguments = {"prefix": self._prefix, **call.arguments}
        job_id = str(arguments.get("id", ""))
        keys = [call.keys.get(name) or self.key(name, job_id) for name in script.keys]
        values = [arguments[name] for name in script.arguments]
        return ["EVALSHA", script.sha, len(keys), *keys, *values, *call.rest]


def _names(heading: str, title: str) -> tuple[str, ...]:
    """The names listed under a title of a script's map: words up to a gap of two spaces."""
    part = re.search(rf"^-- {title}\n((?:--   .*\n)+)", heading, re.MULTILINE)
    lines = part.group(1).splitlines() if part else []
    return tuple(name for line in lines for name in re.findall(r"\w+", re.split(r"\s{2,}", line[5:])[0]))


def _table(name: str, source: str, names: Sequence[str]) -> str:
    members = ", ".join(f"{member} = {source}[{index}]" for index, member in enumerate(names, 1))
    return f"local {name} = {{ {members} }}"
