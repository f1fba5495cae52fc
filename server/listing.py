"""Lists of records over HTTP: newest first, by state, in pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

import falcon.asgi

from server import parameters
from server.authentication import scope_of
from server.errors import InvalidParameter

#: The parameters of a query that `read_page` reads.
PAGE = ("state", "limit", "cursor")
_MOST_RECORDS = 1000

T = TypeVar("T")


async def read_page(
    req: falcon.asgi.Request, list_records: Callable[..., Awaitable[tuple[list[T], str | None]]], states: type[StrEnum]
) -> tuple[list[T], str | None]:
    """The page that a request asks for with `?state=`, `?limit=` and `?cursor=`, and the cursor of the next one.

    Args:
        req: The request; records of others are left out.
        list_records: The store's `list`.
        states: Those that records may be in.

    Raises:
        InvalidParameter: When one of them is not valid.
    """
    state = parameters.one_of(req, "state", states)
    limit = parameters.whole_number(req, "limit", 50, least=1, most=_MOST_RECORDS)
    cursor = parameters.text(req, "cursor")
    try:
        return await list_records(state=state, limit=limit, cursor=cursor, tenant=scope_of(req))
    except ValueError as error:
        raise InvalidParameter("?cursor", "is none that this list gave") from error
