"""JSON values as arguments of steps."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator

from functions.check import refuse

#: Spark's parser takes integers below it.
_TOO_LARGE = 10**1000


def _json(value: Any) -> Any:
    """Refuses what has no exact JSON form, or one that Spark's parser would not take."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > 500:
            raise refuse("json_too_deep", "is nested more than 500 deep")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            if not item.isascii() and any("\ud800" <= character <= "\udfff" for character in item):
                raise refuse("bad_text", "holds half of a surrogate pair")
        elif isinstance(item, float) and not math.isfinite(item):
            raise refuse("bad_number", "holds a number that JSON does not know")
        elif isinstance(item, int) and abs(item) >= _TOO_LARGE:
            raise refuse("bad_number", "holds an integer of more than 1,000 digits")
        elif not isinstance(item, bool | int | float | None):
            raise refuse("not_json", f"holds a {type(item).__name__}, which JSON does not know")
    return value


#: Any JSON value.
JsonValue = Annotated[Any, AfterValidator(_json)]
