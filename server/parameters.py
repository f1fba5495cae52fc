"""Parameters of a query, each checked."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import TypeVar

import falcon.asgi

from functions.names import near
from server.errors import InvalidParameter

_E = TypeVar("_E", bound=StrEnum)


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
