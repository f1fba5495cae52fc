"""Who asks: with API keys set, every request but those for `/health` and of outside runners must show one."""

from __future__ import annotations

import falcon.asgi

from server.api_keys import NOBODY, ApiKeys
from server.errors import ApiKeyNeeded


def bearer(req: falcon.asgi.Request) -> str | None:
    """The token of the header `Authorization: Bearer <token>`; None where there is none."""
    scheme, _, token = (req.get_header("Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def tenant_of(req: falcon.asgi.Request) -> str:
    """Under whose name a request submits jobs."""
    return scope_of(req) or NOBODY


def scope_of(req: falcon.asgi.Request) -> str | None:
    """Whose jobs a request may see; None: everybody's, as there are no keys."""
    found: str | None = getattr(req.context, "tenant", None)
    return found


class Authentication:
    """Lets in whoever shows a key; where there are no keys, everybody."""

    def __init__(self, keys: ApiKeys | None) -> None:
        self._keys = keys

    async def process_request(self, req: falcon.asgi.Request, _resp: falcon.asgi.Response) -> None:
        """Notes whose key the request shows.

        Raises:
            ApiKeyNeeded: When it shows none, or a wrong one.
        """
        if self._keys is None or _is_open(req):
            return
        token = bearer(req)
        key = self._keys.of_token(token) if token else None
        if key is None:
            raise ApiKeyNeeded(hint="send the header `Authorization: Bearer <key>`")
        req.context.tenant = key.name


def _is_open(req: falcon.asgi.Request) -> bool:
    """Whether a route is open, or asks for the runner's key by itself."""
    reports = req.method == "PUT" and req.path.startswith("/jobs/status/")
    return req.path in ("/health", "/jobs/pop") or reports
