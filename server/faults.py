"""What pydantic finds wrong with a body, as faults with places."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.check import Fault, escape
from functions.names import near
from server.errors import InvalidRequest

_M = TypeVar("_M", bound=BaseModel)


def read_model(model: type[_M], body: object, example: str, *, detail: str | None = None) -> _M:
    """A body as a model.

    Args:
        model: What it must be.
        body: The parsed body.
        example: What an object of the kind looks like.
        detail: What to say of all mistakes together.

    Raises:
        InvalidRequest: With every mistake found.
    """
    if not isinstance(body, dict):
        raise InvalidRequest([Fault("", "must be an object", f"such as {example}")], detail)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise InvalidRequest([_fault(model, item) for item in found], detail) from None


def _fault(model: type[BaseModel], item: Any) -> Fault:
    place: tuple[int | str, ...] = item["loc"]
    pointer = "".join(f"/{escape(str(part))}" for part in place)
    if item["type"] == "missing":
        return Fault(pointer.rpartition("/")[0], f"needs the member `{place[-1]}`")
    if item["type"] == "extra_forbidden":
        name = str(place[-1])[:100]
        known = _members(model, place[:-1])
        return Fault(pointer, f"there is no member `{name}`", near(name, known) or f"known are {', '.join(known)}")
    if item["type"] == "string_pattern_mismatch":
        return Fault(pointer, "holds a character that it may not hold, or has another form than it must have")
    hint = str(item.get("ctx", {}).get("hint") or "") or None  # of a check of ours
    return Fault(pointer, str(item["msg"]).removeprefix("Value error, "), hint)


def _members(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The members that an object at some place may have."""
    for part in place:
        inner = model.model_fields[str(part)].annotation
        kinds = [inner, *getattr(inner, "__args__", ())]
        model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)
