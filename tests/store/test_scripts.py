"""The Lua files: each opens with its map, which is also its interface."""

from __future__ import annotations

import re

import pytest
from redis.asyncio import Redis

from server.jobs.job import TRANSITIONS, State
from server.jobs.scripts import FOLDER, KEYS
from server.scripts import read_script

NAMES = sorted(path.stem for path in FOLDER.glob("*.lua") if path.stem != "prelude")
#: Keys that each call names itself.
GIVEN = {"queue", "idempotency", "index"}


def keys_used(code: str) -> set[str]:
    """The keys that some code uses itself and through the prelude's functions."""
    prelude = re.sub(r"--.*", "", (FOLDER / "prelude.lua").read_text(encoding="utf-8"))
    functions = dict(re.findall(r"^local function (\w+)\([^)]*\)\n(.*?)^end", prelude, re.DOTALL | re.MULTILINE))
    del functions["known_job"]  # takes what there is
    used: set[str] = set()
    called = {name for name in functions if re.search(rf"\b{name}\(", code)}
    done: set[str] = set()
    used |= set(re.findall(r"\bK\.(\w+)", code)) | set(re.findall(r"(?:move|finish_as)\(job, '(\w+)'", code))
    while called - done:
        name = (called - done).pop()
        done.add(name)
        body = functions[name]
        used |= set(re.findall(r"\bK\.(\w+)", body)) | set(re.findall(r"(?:move|finish_as)\(job, '(\w+)'", body))
        called |= {other for other in functions if re.search(rf"\b{other}\(", body)}
    return used


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_what_it_does_and_what_it_takes(name: str) -> None:
    text = (FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    assert re.match(rf"-- {name}: \w", text)
    assert "-- KEYS\n" in text
    assert "-- ARGV\n" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_key_and_argument_that_a_script_uses_is_in_its_map(name: str) -> None:
    script = read_script(FOLDER, name)
    body = (FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    code = re.sub(r"--.*", "", body)
    assert keys_used(code) <= set(script.keys)
    assert set(re.findall(r"\bA\.(\w+)", code)) <= set(script.arguments)
    assert set(script.keys) <= set(KEYS) | GIVEN


def test_every_state_has_its_index() -> None:
    assert {name for name in KEYS if name in set(State)} == set(State)


@pytest.mark.parametrize("name", NAMES)
def test_scripts_move_jobs_only_as_the_table_says(name: str) -> None:
    code = re.sub(r"--.*", "", (FOLDER / f"{name}.lua").read_text(encoding="utf-8"))
    prelude = re.sub(r"--.*", "", (FOLDER / "prelude.lua").read_text(encoding="utf-8"))
    moves = re.findall(r"(?:move|finish_as)\(job, '(\w+)', '(\w+)'", code + prelude)
    assert moves
    for old, new in moves:
        assert State(new) in TRANSITIONS[State(old)]


@pytest.mark.parametrize("name", NAMES)
async def test_redis_accepts_the_script(redis: Redis, name: str) -> None:
    script = read_script(FOLDER, name)
    assert await redis.script_load(script.text) == script.sha
