"""The Lua files of every noun: each opens with its map, which is also its interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.batches import batch
from server.batches import scripts as of_batches
from server.jobs import job
from server.jobs import scripts as of_jobs
from server.scripts import read_script


@dataclass(frozen=True)
class Noun:
    """A folder of scripts and what Python knows of it."""

    name: str
    folder: Path
    keys: Mapping[str, str]
    #: Keys that each call names itself.
    given: frozenset[str]
    states: type[StrEnum]
    transitions: Mapping[StrEnum, frozenset[StrEnum]]
    #: A move between two states: from, to; from is the variable `state` where the script looked at it before.
    move: str
    #: Functions of the prelude that take what keys there are.
    lenient: frozenset[str] = frozenset()

    def code(self, name: str) -> str:
        """A script without its comments."""
        return re.sub(r"--.*", "", (self.folder / f"{name}.lua").read_text(encoding="utf-8"))

    def moves(self, code: str) -> set[tuple[str, str]]:
        looked_at = re.findall(r"\bstate == '(\w+)'", code)
        found: set[tuple[str, str]] = set()
        for old, new in re.findall(self.move, code):
            found |= {(state, new) for state in looked_at} if old == "state" else {(old.strip("'"), new)}
        return found

    def keys_used(self, code: str) -> set[str]:
        """The keys that some code uses itself and through the prelude's functions."""
        prelude = self.code("prelude")
        functions = dict(re.findall(r"^local function (\w+)\([^)]*\)\n(.*?)^end", prelude, re.DOTALL | re.MULTILINE))
        functions = {name: body for name, body in functions.items() if name not in self.lenient}
        used: set[str] = set()
        left, done = [code], set()
        while left:
            body = left.pop()
            used |= set(re.findall(r"\bK\.(\w+)", body)) | {state for move in self.moves(body) for state in move}
            called = {name for name in functions if re.search(rf"\b{name}\(", body)} - done
            left += [functions[name] for name in called]
            done |= called
        return used


NOUNS = (
    Noun(
        "jobs",
        of_jobs.FOLDER,
        of_jobs.KEYS,
        frozenset({"queue", "idempotency", "index"}),
        job.State,
        job.TRANSITIONS,
        r"\b(?:move|finish_as)\(job, ('\w+'), '(\w+)'",
        frozenset({"known_job"}),
    ),
    Noun(
        "batches",
        of_batches.FOLDER,
        of_batches.KEYS,
        frozenset({"idempotency"}),
        batch.State,
        batch.TRANSITIONS,
        r"\bmove\(('\w+'|state), '(\w+)'\)",
    ),
)
SCRIPTS = [
    pytest.param(noun, path.stem, id=f"{noun.name}-{path.stem}")
    for noun in NOUNS
    for path in sorted(noun.folder.glob("*.lua"))
    if path.stem != "prelude"
]
each_noun = pytest.mark.parametrize("noun", [pytest.param(noun, id=noun.name) for noun in NOUNS])
each_script = pytest.mark.parametrize(("noun", "name"), SCRIPTS)


@each_script
def test_a_script_says_what_it_does_and_what_it_takes(noun: Noun, name: str) -> None:
    text = (noun.folder / f"{name}.lua").read_text(encoding="utf-8")
    assert re.match(rf"-- {name}: \w", text)
    assert "-- KEYS\n" in text
    assert "-- ARGV\n" in text


@each_script
def test_every_key_and_argument_that_a_script_uses_is_in_its_map(noun: Noun, name: str) -> None:
    script = read_script(noun.folder, name)
    code = noun.code(name)
    assert noun.keys_used(code) <= set(script.keys)
    assert set(re.findall(r"\bA\.(\w+)", code)) <= set(script.arguments)
    assert set(script.keys) <= set(noun.keys) | noun.given


@each_noun
def test_every_state_has_its_index(noun: Noun) -> None:
    assert {name for name in noun.keys if name in set(noun.states)} == set(noun.states)


@each_noun
def test_scripts_make_the_moves_of_the_table_and_no_others(noun: Noun) -> None:
    moves = set().union(*(noun.moves(noun.code(path.stem)) for path in noun.folder.glob("*.lua")))
    assert moves == {(old.value, new.value) for old, states in noun.transitions.items() for new in states}


@each_script
async def test_redis_accepts_the_script(redis: Redis, noun: Noun, name: str) -> None:
    script = read_script(noun.folder, name)
    assert await redis.script_load(script.text) == script.sha
