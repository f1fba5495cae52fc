"""What pydantic finds wrong with a body, as faults with places."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.check import Fault, escape
from functions.wording import worded
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
        found = error.errors(include_url=False)
        raise InvalidRequest([_fault(model, item) for item in found], detail) from None


def _fault(model: type[BaseModel], item: Any) -> Fault:
    place: tuple[int | str, ...] = item["loc"]
    pointer = "".join(f"/{escape(str(part))}" for part in place)
    if item["type"] == "missing":
        return Fault(pointer.rpartition("/")[0], f"needs the member `{place[-1]}`")
    return Fault(pointer, *worded(item, model))
