"""Templates in Redis: versions, two writers at once, repeated calls, tenants, pages, limits."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from server.errors import TemplateChanged, TemplateNotFound, TooManyTemplates
from server.scripts import read_script
from server.templates.store import FOLDER, KEYS, TemplateStore
from server.templates.template import Content, Reference

SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.lua") if path.stem != "prelude")


@pytest.fixture
def templates(redis: Redis) -> TemplateStore:
    return TemplateStore(redis)


def content(what: Any = "a", **more: Any) -> Content:
    return Content([["load_rdd", what]], **more)


async def versions(templates: TemplateStore, name: str = "daily", tenant: str = "default") -> list[int]:
    found, _ = await templates.versions(name, tenant=tenant, limit=1000)
    return [entry.version for entry in found]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_opens_with_its_map_and_uses_what_it_names(name: str) -> None:
    code = re.sub(r"--.*", "", (FOLDER / f"{name}.lua").read_text(encoding="utf-8"))
    script = read_script(FOLDER, name)
    assert script.keys
    assert set(script.keys) <= set(KEYS)
    assert set(re.findall(r"\bK\.(\w+)", code)) == set(script.keys)
    assert set(re.findall(r"\bA\.(\w+)", code)) | {"prefix", "tenant"} <= set(script.arguments)


async def test_what_there_is_none_of_is_not_found(templates: TemplateStore) -> None:
    with pytest.raises(TemplateNotFound):
        await templates.get(Reference("daily"))
    with pytest.raises(TemplateNotFound):
        await templates.versions("daily")
    with pytest.raises(TemplateNotFound):
        await templates.delete(Reference("daily", 1))
    assert await templates.list() == ([], None)
    assert await templates.page() == ([], None)


async def test_a_version_comes_back_as_it_was_stored(templates: TemplateStore) -> None:
    said = content("ü \U0001f42d \"'\\ \x00", parameters={"n": {"type": "number", "default": 0.1}}, description="d")
    stored, is_new = await templates.put("daily", said)
    assert (is_new, stored.version, stored.content) == (True, 1, said)
    assert await templates.get(Reference("daily")) == stored
    assert await templates.get(Reference("daily", 1)) == stored
    again, is_new = await templates.put("daily", said)
    assert (is_new, again) == (False, stored)


async def test_two_writers_at_once_get_versions_of_their_own(templates: TemplateStore) -> None:
    stored = await asyncio.gather(*(templates.put("daily", content(each)) for each in range(100)))
    assert sorted(template.version for template, _ in stored) == list(range(1, 101))
    for template, _ in stored:
        assert await templates.get(template.reference) == template
    assert await versions(templates) == list(range(100, 0, -1))


async def test_of_two_writers_who_expect_the_same_one_wins(templates: TemplateStore) -> None:
    await templates.put("daily", content())
    puts = (templates.put("daily", content(each), expected=1) for each in range(20))
    found = await asyncio.gather(*puts, return_exceptions=True)
    assert sum(isinstance(each, TemplateChanged) for each in found) == 19
    assert await versions(templates) == [2, 1]


async def test_a_call_whose_answer_was_lost_may_be_repeated(templates: TemplateStore) -> None:
    nonce = uuid4()
    with patch("server.templates.store.uuid.uuid4", lambda: nonce):  # as redis-py sends the same command again
        for _ in range(2):
            assert (await templates.put("daily", content(), expected=0))[1]
        for _ in range(2):
            assert await templates.delete(Reference("daily")) == [1]
    with pytest.raises(TemplateNotFound):
        await templates.delete(Reference("daily"))
    assert isinstance(nonce, UUID)


async def test_a_removed_versions_number_is_never_given_again(templates: TemplateStore) -> None:
    for each in range(3):
        await templates.put("daily", content(each))
    assert await templates.delete(Reference("daily", 3)) == [3]
    assert (await templates.get(Reference("daily"))).version == 2
    with pytest.raises(TemplateNotFound, match="no version 3"):
        await templates.get(Reference("daily", 3))
    assert await templates.delete(Reference("daily")) == [1, 2]
    assert (await templates.put("daily", content()))[0].version == 4
    assert await templates.delete(Reference("daily", 4)) == [4]
    assert await templates.list() == ([], None)


async def test_tenants_see_their_own(templates: TemplateStore) -> None:
    await templates.put("daily", content("ana's"), tenant="ana")
    await templates.put("daily", content("bia's"), tenant="bia")
    await templates.put("daily", content("bia's other"), tenant="bia")
    assert await versions(templates, tenant="ana") == [1]
    assert (await templates.get(Reference("daily"), tenant="ana")).content == content("ana's")
    with pytest.raises(TemplateNotFound):
        await templates.get(Reference("daily"))
    await templates.delete(Reference("daily"), tenant="bia")
    assert [each.name for each in (await templates.list(tenant="ana"))[0]] == ["daily"]
    assert [each.content for each in (await templates.page(tenant="ana"))[0]] == [content("ana's")]


async def test_limits_of_templates_and_versions_hold_for_all_writers(templates: TemplateStore) -> None:
    puts = (templates.put(f"t{each}", content(), most=5) for each in range(20))
    found = await asyncio.gather(*puts, return_exceptions=True)
    assert sum(isinstance(each, TooManyTemplates) for each in found) == 15
    puts = (templates.put("t0", content(each), most=5, most_versions=5) for each in range(20))
    found = await asyncio.gather(*puts, return_exceptions=True)
    assert sum(isinstance(each, TooManyTemplates) for each in found) == 16
    assert (await templates.put("other", content(), tenant="bia", most=5))[1]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
async def test_pages_hold_each_version_once(templates: TemplateStore, limit: int) -> None:
    names = [f"t{each}" for each in range(130)]
    for name in names:
        await templates.put(name, content())
    for each in range(4):
        await templates.put("t5", content(each))
    seen, after = [], None
    while after is not None or not seen:
        found, after = await templates.page(limit=limit, after=after)
        assert len(found) <= limit
        seen += [(template.name, template.version) for template in found]
    assert sorted(seen) == sorted([(name, 1) for name in names] + [("t5", each) for each in (2, 3, 4, 5)])
    assert len(seen) == len(set(seen))
    listed, following = [], ""
    while following is not None:
        found, following = await templates.list(limit=limit, after=following)
        listed += [each.name for each in found]
    assert listed == sorted(names)


async def test_a_page_of_large_templates_ends_early(templates: TemplateStore) -> None:
    for each in range(8):
        await templates.put("large", content(str(each) * 1_000_000))
    found, after = await templates.page()
    assert len(found) == 5
    rest, last = await templates.page(after=after)
    assert ([each.version for each in rest], last) == ([6, 7, 8], None)
