"""Loads the Lua files and runs them by their names.

Each noun has a folder of its own. The shared `prelude.lua` opens every script, then that of the noun's folder does.
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

#: Scripts that serve every noun.
SHARED = Path(__file__).parent / "lua"
_PRELUDE = "prelude"


@dataclass(frozen=True)
class Script:
    """A Lua file with its interface."""

    text: str
    keys: tuple[str, ...]
    arguments: tuple[str, ...]
    sha: str


@dataclass(frozen=True)
class Call:
    """One run of a script: its arguments, and the keys that its map names but the noun's table does not settle."""

    script: str
    arguments: Mapping[str, str | int | float]
    keys: Mapping[str, str] = field(default_factory=dict)
    rest: Sequence[str] = ()


@cache
def read_script(folder: Path, name: str) -> Script:
    """A script of a folder, or else of those that all share, put together with both preludes."""
    own = folder / f"{name}.lua"
    body = (own if own.exists() else SHARED / own.name).read_text(encoding="utf-8")
    preludes = (place / f"{_PRELUDE}.lua" for place in (SHARED, folder))
    opening = re.match(r"(--.*\n)+", body)
    heading = opening.group() if opening else ""
    keys, arguments = _names(heading, "KEYS"), _names(heading, "ARGV")
    text = "\n".join(
        (
            _table("K", "KEYS", keys),
            _table("A", "ARGV", arguments),
            f"local REST = {len(arguments) + 1}",
            *(prelude.read_text(encoding="utf-8") for prelude in preludes if prelude.exists()),
            body,
        )
    )
    return Script(text, keys, arguments, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Scripts:
    """Runs the scripts of one noun on one Redis. They are loaded when Redis does not know them, as after a restart."""

    def __init__(self, redis: Redis, prefix: str, folder: Path, keys: Mapping[str, str]) -> None:
        """Reads nothing yet.

        Args:
            redis: The client.
            prefix: What the name of every key begins with.
            folder: Where the scripts are.
            keys: Where each name under KEYS lies; `{id}` stands for the record's.
        """
        self._redis = redis
        self._prefix = prefix
        self._folder = folder
        self._keys = keys

    def key(self, name: str, record_id: str = "") -> str:
        """The full key of a name in the noun's table."""
        return self._prefix + self._keys[name].replace("{id}", record_id)

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
        files = (*self._folder.glob("*.lua"), *SHARED.glob("*.lua"))
        pipeline = self._redis.pipeline(transaction=False)
        for name in sorted({file.stem for file in files} - {_PRELUDE}):
            pipeline.script_load(read_script(self._folder, name).text)
        await pipeline.execute()

    def _command(self, call: Call) -> list[str | int | float]:
        script = read_script(self._folder, call.script)
        arguments = {"prefix": self._prefix, **call.arguments}
        record_id = str(arguments.get("id", ""))
        keys = [call.keys.get(name) or self.key(name, record_id) for name in script.keys]
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
