"""The catalog over HTTP."""

from __future__ import annotations

import falcon.asgi

from functions.catalog import Catalog
from server.errors import FunctionNotFound


class FunctionsResource:
    """`GET /functions`: what a job may do."""

    def __init__(self, catalog: Catalog) -> None:
        self._functions = [
            {
                "name": function.name,
                "group": function.group,
                "summary": function.summary,
                "example": function.example,
            }
            for function in catalog
        ]

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Lists the functions by name."""
        resp.media = {"functions": self._functions}

    on_head = on_get


class FunctionResource:
    """`GET /functions/{name}`: one function, its arguments as JSON Schema, an example."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """Shows a function.

        Raises:
            FunctionNotFound: When there is none of that name; the hint has a near one.
        """
        function = self._catalog.find(name)
        if function is None:
            hint = self._catalog.near(name[:100]) or "GET /functions lists all"
            raise FunctionNotFound(f"there is no function `{name[:100]}`", hint=hint)
        resp.media = function.to_json()

    on_head = on_get
