"""Templates in Redis: every version is kept as it was stored. Every operation is one script, and safe to repeat.

A version is one text in a hash of its template: milliseconds of its making, the nonce of the call that made it, the
fingerprint of its content, and the content as JSON, with a space between.
"""

from __future__ import annotations

import builtins
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from redis.asyncio import Redis

from functions.names import near
from server.api_keys import NOBODY
from server.errors import TemplateChanged, TemplateNotFound, TooManyTemplates
from server.redis_connection import tells_absence
from server.scripts import Call, Scripts
from server.strict_json import dump
from server.templates.template import Content, Entry, Reference, Template

FOLDER = Path(__file__).parent / "lua"
#: Where each name under KEYS lies; `{id}` is the tenant, and what follows it.
KEYS: Mapping[str, str] = {
    "names": "templates:names:{id}",
    "latest": "templates:latest:{id}",
    "last": "templates:last:{id}",
    "contents": "templates:contents:{id}",
    "answer": "templates:answer:{id}",
}

#: How long the answer of a removal is kept for its repetition.
_ANSWER_MS = 120_000
#: A page of contents ends early once it holds so much.
_PAGE_BYTES = 4_194_304
#: Names among which one near to a misspelt one is looked for.
_NEAR_AMONG = 500


class TemplateStore:
    """All templates of one server.

    Every operation raises StoreUnavailable while Redis does not answer. Times are Redis TIME.
    """

    def __init__(self, redis: Redis, *, prefix: str = "speedy:") -> None:
        """Uses a client made by `redis_connection.connect` (its answers are text).

        Args:
            redis: The client; the caller closes it.
            prefix: What the name of every key begins with.
        """
        self._scripts = Scripts(redis, prefix, FOLDER, KEYS)

    @tells_absence
    async def put(
        self,
        name: str,
        content: Content,
        *,
        tenant: str = NOBODY,
        expected: int | None = None,
        most: int = 1000,
        most_versions: int = 1000,
    ) -> tuple[Template, bool]:
        """Stores a new version, unless the latest has the same content; that version, and whether it is new.

        Args:
            name: Of the template.
            content: A checked template.
            tenant: Whose.
            expected: What the latest version must be, 0: there must be none; None: any.
            most: Most templates of the tenant.
            most_versions: Most versions of a template.

        Raises:
            TemplateChanged: When the latest version is another than was expected, and has another content.
            TooManyTemplates: When there are as many as there may be.
        """
        arguments = {
            "name": name,
            "fingerprint": content.fingerprint,
            "nonce": uuid.uuid4().hex,
            "expected": "" if expected is None else expected,
            "most": most,
            "most_versions": most_versions,
            "content": dump(content.to_json()).decode(),
        }
        what, *found = await self._run("put", arguments, tenant, name)
        if what == "CHANGED":
            raise _changed(name, int(found[0]), expected)
        if what == "FULL":
            raise _full(name, found[0], most, most_versions)
        return Template(name, int(found[0]), int(found[1]), content), what == "CREATED"

    @tells_absence
    async def get(self, reference: Reference, *, tenant: str = NOBODY) -> Template:
        """A version of a template, or its latest.

        Raises:
            TemplateNotFound: When the tenant has none of that name; so do the operations below.
        """
        arguments = {"name": reference.name, "version": reference.version or ""}
        found = await self._run("read", arguments, tenant, reference.name)
        if not found:
            raise await self._unknown(reference, tenant)
        if not found[1]:
            raise TemplateNotFound(
                f"`{reference.name}` has no version {reference.version}", hint=f"its latest is {found[0]}"
            )
        return _template(reference.name, found[0], found[1])

    @tells_absence
    async def list(
        self, *, tenant: str = NOBODY, limit: int = 100, after: str = ""
    ) -> tuple[builtins.list[Entry], str | None]:
        """The latest versions of a page of templates, by name, and the name after which the next page begins."""
        more, *flat = await self._run("names", {"limit": limit, "after": after}, tenant)
        found = [_entry(*each) for each in zip(flat[::3], flat[1::3], flat[2::3], strict=True)]
        return found, found[-1].name if more == "1" else None

    @tells_absence
    async def versions(
        self, name: str, *, tenant: str = NOBODY, limit: int = 100, before: int | None = None
    ) -> tuple[builtins.list[Entry], int | None]:
        """A page of versions, the latest first, and the version before which the next page begins."""
        arguments: dict[str, str | int] = {"name": name, "limit": limit, "before": before or ""}
        found = await self._run("versions", arguments, tenant, name)
        if not found:
            raise await self._unknown(Reference(name), tenant)
        more, *flat = found
        entries = [_entry(name, *each) for each in zip(flat[::2], flat[1::2], strict=True)]
        return entries, entries[-1].version if more == "1" else None

    @tells_absence
    async def delete(self, reference: Reference, *, tenant: str = NOBODY) -> builtins.list[int]:
        """Removes a version, or all of a template; the versions that are gone. No later one is ever numbered so."""
        arguments = {"name": reference.name, "version": reference.version or "", "keep_ms": _ANSWER_MS}
        found = await self._run("delete", arguments, tenant, reference.name)
        if not found:
            raise await self._unknown(reference, tenant)
        return [int(version) for version in found]

    @tells_absence
    async def page(
        self, *, tenant: str = NOBODY, limit: int = 100, after: Reference | None = None
    ) -> tuple[builtins.list[Template], Reference | None]:
        """Versions of all templates with their contents, by name and version, and after which the next page begins.

        Args:
            tenant: Whose.
            limit: Most versions; a page with large contents ends earlier.
            after: The last version of the page before.
        """
        arguments: dict[str, str | int] = {
            "name": after.name if after else "",
            "version": (after.version or 0) if after else 0,
            "limit": limit,
            "bytes": _PAGE_BYTES,
        }
        more, *flat = await self._run("page", arguments, tenant)
        found = [_template(*each) for each in zip(flat[::3], flat[1::3], flat[2::3], strict=True)]
        return found, found[-1].reference if more == "1" else None

    async def _run(
        self, script: str, arguments: Mapping[str, str | int], tenant: str, name: str = ""
    ) -> builtins.list[str]:
        keys = {
            "names": self._scripts.key("names", tenant),
            "latest": self._scripts.key("latest", tenant),
            "last": self._scripts.key("last", tenant),
            "contents": self._scripts.key("contents", f"{tenant}:{name}"),
            "answer": self._scripts.key("answer", f"{tenant}:{uuid.uuid4().hex}"),
        }
        answer: Sequence[str] | None = await self._scripts.run(Call(script, {"tenant": tenant, **arguments}, keys))
        return list(answer or ())

    async def _unknown(self, reference: Reference, tenant: str) -> TemplateNotFound:
        _, *flat = await self._run("names", {"limit": _NEAR_AMONG, "after": ""}, tenant)
        return TemplateNotFound(
            f"there is no template `{reference}`", hint=near(reference.name, flat[::3]) or "GET /templates lists all"
        )


def _template(name: str, version: str, text: str) -> Template:
    made, _, _, content = text.split(" ", 3)
    return Template(name, int(version), int(made), Content(**json.loads(content)))


def _entry(name: str, version: str, text: str) -> Entry:
    made, _, fingerprint = text.split(" ", 2)
    return Entry(name, int(version), int(made), fingerprint)


def _changed(name: str, latest: int, expected: int | None) -> TemplateChanged:
    if not latest:
        return TemplateChanged(f"there is no template `{name}`", hint="expect 0")
    return TemplateChanged(
        f"the latest version of `{name}` is {latest}, not {expected}", hint=f"look at what GET /templates/{name} shows"
    )


def _full(name: str, what: str, most: int, most_versions: int) -> TooManyTemplates:
    if what == "versions":
        return TooManyTemplates(
            f"`{name}` has {most_versions} versions, and that is the limit",
            hint="remove old ones (DELETE /templates/name@version); SPEEDY_TEMPLATE_VERSIONS_MAX is the limit",
        )
    return TooManyTemplates(
        f"there are {most} templates, and that is the limit",
        hint="remove some; SPEEDY_TEMPLATES_MAX is the limit",
    )
