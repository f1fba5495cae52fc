"""Templates over HTTP: storing, listing, reading and removing them, and checking them all anew."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re

import falcon
import falcon.asgi

from server import parameters
from server.authentication import tenant_of
from server.body import read_body
from server.errors import InvalidParameter, InvalidRequest, TemplateNotFound
from server.settings import Settings
from server.strict_json import parse
from server.templates.check import Checked, Checker
from server.templates.store import TemplateStore
from server.templates.template import NAME_RULE, Reference, Template, is_name, read_reference

#: Bodies beyond this are checked in a thread, so that other requests need not wait.
_LARGE_BYTES = 65_536
_MOST_ENTRIES = 1000
#: Most versions that one `POST /catalog/check` looks at, and how many are read at once.
_MOST_CHECKED = 10_000
_READ_AT_ONCE = 50
_MOST_FAULTS = 100


class TemplatesResource:
    """`GET /templates`."""

    def __init__(self, store: TemplateStore) -> None:
        self._store = store

    @parameters.takes("limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Lists the latest version of each template, in the order of names."""
        limit = parameters.whole_number(req, "limit", 100, least=1, most=_MOST_ENTRIES)
        after = _read_cursor(parameters.text(req, "cursor"))
        found, following = await self._store.list(tenant=tenant_of(req), limit=limit, after=after)
        resp.media = {"templates": [entry.to_json() for entry in found], "cursor": _cursor(following)}

    on_head = on_get


class TemplateResource:
    """`GET`, `PUT` and `DELETE /templates/{name}`; `GET` and `DELETE /templates/{name}@{version}`."""

    def __init__(self, store: TemplateStore, checker: Checker, settings: Settings) -> None:
        self._store = store
        self._checker = checker
        self._max_body_bytes = settings.max_body_bytes
        self._most = settings.templates_max
        self._most_versions = settings.template_versions_max

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Shows a version, by default the latest.

        Raises:
            TemplateNotFound: When there is none such.
        """
        reference, tenant = _reference(name), tenant_of(req)
        resp.media = (await self._store.get(reference, tenant=tenant)).to_json()

    on_head = on_get

    @parameters.takes("expected_version")
    async def on_put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Stores a new version: 201; 200 where the latest has the same content.

        Raises:
            InvalidRequest: With every mistake found.
            TemplateChanged: When the latest version is not that of `?expected_version=`.
            TooManyTemplates: When there is room for no more.
        """
        if not is_name(name):
            raise InvalidParameter("the name in the path", f"must have {NAME_RULE}")
        given = parameters.text(req, "expected_version")
        expected = parameters.whole_number(req, "expected_version", 0, least=0, most=10**9) if given else None
        tenant = tenant_of(req)
        raw = await read_body(req, self._max_body_bytes)
        is_large = len(raw) > _LARGE_BYTES
        checked = await asyncio.to_thread(self._check, raw, tenant) if is_large else self._check(raw, tenant)
        template, is_new = await self._store.put(
            name,
            checked.content,
            tenant=tenant,
            expected=expected,
            most=self._most,
            most_versions=self._most_versions,
        )
        resp.status = falcon.HTTP_201 if is_new else falcon.HTTP_200
        resp.location = f"/templates/{template.reference}"
        resp.media = {**template.to_json(), "warnings": checked.warnings}

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Removes a version, or all of a template. Jobs that came of it go on.

        Raises:
            TemplateNotFound: When there is none such.
        """
        reference, tenant = _reference(name), tenant_of(req)
        gone = await self._store.delete(reference, tenant=tenant)
        resp.media = {"name": reference.name, "deleted": gone}

    def _check(self, raw: bytes, tenant: str) -> Checked:
        return self._checker.check(parse(raw), tenant)


class VersionsResource:
    """`GET /templates/{name}/versions`."""

    def __init__(self, store: TemplateStore) -> None:
        self._store = store

    @parameters.takes("limit", "cursor")
    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Lists the versions of a template, the latest first.

        Raises:
            TemplateNotFound: When there is none of that name.
        """
        limit = parameters.whole_number(req, "limit", 100, least=1, most=_MOST_ENTRIES)
        cursor = parameters.text(req, "cursor")
        if cursor is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", cursor):
            raise InvalidParameter("?cursor", "is none that this list gave")
        reference, tenant = _reference(name), tenant_of(req)
        if reference.version is not None:
            raise TemplateNotFound(f"`{name}` is one version", hint=f"GET /templates/{reference.name}/versions")
        found, following = await self._store.versions(
            name, tenant=tenant, limit=limit, before=None if cursor is None else int(cursor)
        )
        resp.media = {
            "name": name,
            "versions": [entry.to_json() for entry in found],
            "cursor": None if following is None else str(following),
        }

    on_head = on_get


class CatalogCheckResource:
    """`POST /catalog/check`."""

    def __init__(self, store: TemplateStore, checker: Checker) -> None:
        self._store = store
        self._checker = checker

    @parameters.takes("limit", "cursor")
    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Checks every stored version against the present catalog, and lists those that are no longer right."""
        left = parameters.whole_number(req, "limit", 1000, least=1, most=_MOST_CHECKED)
        cursor = _read_cursor(parameters.text(req, "cursor"))
        after = read_reference(cursor) if cursor else None
        if cursor and (after is None or after.version is None):
            raise InvalidParameter("?cursor", "is none that this list gave")
        tenant = tenant_of(req)
        checked, broken = 0, []
        while True:
            found, after = await self._store.page(tenant=tenant, limit=min(left, _READ_AT_ONCE), after=after)
            broken += await asyncio.to_thread(self._broken, found, tenant)
            checked += len(found)
            left -= len(found)
            if after is None or left <= 0:
                break
        resp.media = {
            "templates": checked,
            "broken": broken,
            "cursor": None if after is None else _cursor(str(after)),
        }

    def _broken(self, templates: list[Template], tenant: str) -> list[dict[str, object]]:
        broken: list[dict[str, object]] = []
        for template in templates:
            try:
                self._checker.check(template.content.to_json(), tenant)
            except InvalidRequest as error:
                errors = [fault.to_json() for fault in error.faults[:_MOST_FAULTS]]
                broken.append({"template": str(template.reference), "errors": errors})
        return broken


def _reference(text: str) -> Reference:
    """The template that a path names.

    Raises:
        TemplateNotFound: When the path could name none.
    """
    reference = read_reference(text)
    if reference is None:
        raise TemplateNotFound(f"`{text[:100]}` names no template", hint=f"a name has {NAME_RULE}")
    return reference


def _cursor(text: str | None) -> str | None:
    return None if text is None else base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str:
    try:
        padded = (cursor or "").encode("ascii") + b"=" * (-len(cursor or "") % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidParameter("?cursor", "is none that this list gave") from error
