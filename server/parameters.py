"""Parameters of a query, each checked; those that a responder does not declare with `takes` are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import falcon.asgi

from functions.names import near
from server.errors import InvalidParameter

_E = TypeVar("_E", bound=StrEnum)
_Responder = TypeVar("_Responder", bound=Callable[..., Any])


def takes(*names: str) -> Callable[[_Responder], _Responder]:
    """Declares the parameters that a responder takes; one without this takes none."""

    def declared(responder: _Responder) -> _Responder:
        responder.parameters = names  # type: ignore[attr-defined]
        return responder

    return declared


class KnownParameters:
    """Refuses what a responder does not take: a misspelt `?wait=` would be no wait, and nobody would know."""

    async def process_resource(
        self, req: falcon.asgi.Request, _resp: falcon.asgi.Response, resource: object, _params: object
    ) -> None:
        """Looks at the names of a query's parameters, before anything else of the request is read.

        Raises:
            InvalidParameter: When the responder takes no such parameter.
        """
        responder = getattr(resource, f"on_{req.method.lower()}", None) if req.params else None
        if responder is None:  # Falcon says by itself which methods there are
            return
        known: tuple[str, ...] = getattr(responder, "parameters", ())
        unknown = next((name for name in req.params if name not in known), None)
        if unknown is not None:
            which = f"takes {', '.join(f'?{name}' for name in known)}" if known else "takes none"
            raise InvalidParameter(
                f"?{unknown[:100]}",
                f"is no parameter of {req.method} {req.uri_template}, which {which}",
                hint=near(unknown[:100], known) or "leave it out",
            )


def text(req: falcon.asgi.Request, name: str) -> str | None:
    """A parameter as it is; None where it is absent or empty.

    Raises:
        InvalidParameter: When it is given twice.
    """
    values = req.get_param_as_list(name)
    if values is not None and len(values) > 1:
        raise InvalidParameter(f"?{name}", "is given twice")
    return values[0] or None if values else None


def whole_number(req: falcon.asgi.Request, name: str, default: int, *, least: int, most: int) -> int:
    """A whole number between two bounds.

    Raises:
        InvalidParameter: When it is none.
    """
    given = text(req, name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,10}", given) or not least <= int(given) <= most:
        raise InvalidParameter(f"?{name}", f"must be a whole number from {least} to {most}")
    return int(given)


def seconds(req: falcon.asgi.Request, name: str, *, most: float) -> float | None:
    """A time in seconds; a longer one than `most` counts as `most`.

    Raises:
        InvalidParameter: When it is no number from 0.
    """
    given = text(req, name)
    if given is None:
        return None
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InvalidParameter(f"?{name}", "must be a time in seconds, such as 30")
    return min(value, most)


def flag(req: falcon.asgi.Request, name: str) -> bool:
    """Whether something is wanted: `true` or `false`; absent is false.

    Raises:
        InvalidParameter: When it is neither.
    """
    given = text(req, name)
    if given is None or given.lower() == "false":
        return False
    if given.lower() != "true":
        raise InvalidParameter(f"?{name}", "must be true or false")
    return True


def one_of(req: falcon.asgi.Request, name: str, kind: type[_E]) -> _E | None:
    """A member of an enumeration, in any case.

    Raises:
        InvalidParameter: When there is no such member.
    """
    given = text(req, name)
    if given is None:
        return None
    try:
        return kind(given.upper())
    except ValueError:
        known = [member.lower() if name in _IN_LOWER_CASE else str(member) for member in kind]
        hint = near(given[:100], known)
        raise InvalidParameter(f"?{name}", f"must be one of {', '.join(known)}", hint=hint) from None


#: Parameters whose values are documented in lower case; those of the others are states.
_IN_LOWER_CASE = ("until", "time")
