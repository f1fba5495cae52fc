"""What pydantic finds wrong, in the words of this API.

pydantic speaks of Python ("a valid dictionary or instance of Pair"); who sends JSON reads of objects, lists and texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from functions.names import near

#: Looks for the nearest of some names, as `functions.names.near`.
Near = Callable[[str, Sequence[str]], str | None]

#: Mistakes that say which type of JSON is wanted. An argument that has several forms makes one for each that it is not.
_JSON_TYPES: Mapping[str, str] = {
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "none_required": "must be null",
}
#: Other mistakes; braces stand for what pydantic tells of them.
_WORDS: Mapping[str, str] = {
    "missing": "is needed",
    "int_parsing_size": "is too large a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must hold at least {min_length} of them",
    "too_long": "holds more than {max_length}, the most that it may hold",
    "string_pattern_mismatch": "holds a character that it may not hold, or has another form than it must have",
    "string_unicode": "holds half of a surrogate pair",
}
_ENUMERATIONS = ("literal_error", "enum")


def is_of_type(kind: str) -> bool:
    """Whether a kind of mistake says no more than which type of JSON is wanted."""
    return kind in _JSON_TYPES


def worded(item: Mapping[str, Any], model: type[BaseModel], near: Near = near) -> tuple[str, str | None]:
    """What is wrong, and what to do.

    Args:
        item: One of pydantic's errors; with its input, or else no near names of an enumeration are told.
        model: What was checked.
        near: Looks for near names.

    Returns:
        A detail and a hint; None: there is nothing more to say than what is documented.
    """
    kind, ctx = str(item["type"]), item.get("ctx") or {}
    if kind == "extra_forbidden":
        name, known = str(item["loc"][-1])[:100], members(model, item["loc"][:-1])
        listed = ", ".join(f"`{each}`" for each in known)
        return f"there is no member `{name}`", near(name, known) or (f"known are {listed}" if known else None)
    if kind in _ENUMERATIONS:
        known = re.findall(r"'([^']*)'", str(ctx.get("expected", "")))
        given = item.get("input")
        hint = near(given[:100], known) if isinstance(given, str) else None
        return f"must be {'' if len(known) == 1 else 'one of '}{', '.join(known)}", hint
    words = _JSON_TYPES.get(kind) or _sized(kind, ctx) or _WORDS.get(kind)
    if words is None:  # a check of ours, whose words are ours
        return str(item["msg"]).removeprefix("Value error, "), str(ctx.get("hint") or "") or None
    detail = words.format_map(ctx)
    return (f"its name {detail}" if item["loc"][-1:] == ("[key]",) else detail), None


def _sized(kind: str, ctx: Mapping[str, Any]) -> str | None:
    """Words for the sizes that have words of their own."""
    if kind in ("string_too_short", "too_short") and ctx.get("min_length") == 1:
        return "must not be empty"
    return "must be a single character" if kind == "string_too_long" and ctx.get("max_length") == 1 else None


def members(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The members that an object at some place of a model may have, as they stand in JSON."""
    found = next(_models(model, tuple(place)), None)
    return [] if found is None else [field.alias or name for name, field in found.model_fields.items()]


def _models(kind: Any, place: tuple[int | str, ...]) -> Iterator[type[BaseModel]]:
    """The models that stand at some place of a type; of several forms each is tried."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _models(parts[0], place)
    elif origin in (Union, UnionType):
        for part in parts:
            # pydantic names the form that it tried, unless there is but one beside null.
            yield from _models(part, place[1:])
            yield from _models(part, place)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if not place:
            yield kind
        for name, field in kind.model_fields.items():
            if place and place[0] == (field.alias or name):
                yield from _models(field.annotation, place[1:])
    elif origin in (list, dict) and place:
        yield from _models(parts[-1], place[1:])
