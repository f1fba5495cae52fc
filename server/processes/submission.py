"""The bodies of requests on processes: every mistake is found at once, nothing is changed on any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from functions.check import Fault, escape
from functions.names import near
from functions.wording import worded
from server.errors import InvalidRequest
from server.processes.store import Once

#: The part of a path that stands where a process's name could.
RESERVED = "batch_keys"
_LONGEST_NAME = 200
_MOST_SECONDS = 30 * 86_400


def name_fault(name: str) -> str | None:
    """What is wrong with the name of a process; None: nothing. It stands in paths, and people read it."""
    if not 1 <= len(name) <= _LONGEST_NAME:
        return f"must have 1 to {_LONGEST_NAME} characters"
    if not name.isprintable() or name != name.strip():
        return "must be printable characters, without a space at either end"
    if "/" in name or "\\" in name:
        return "must not hold `/` or `\\`: it stands in paths"
    if name in (".", "..", RESERVED):
        return f"must not be `{name}`: that means something else in a path"
    return None


def _name(name: str) -> str:
    fault = name_fault(name)
    if fault:
        raise PydanticCustomError("bad_name", "{detail}", {"detail": fault})
    return name


_Name = Annotated[str, AfterValidator(_name)]
#: Text for people to read: no control characters.
_Machine = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
_Seconds = Annotated[float, Field(gt=0, le=_MOST_SECONDS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


class NewProcess(_Body):
    """The body of `POST /api/v1/process`."""

    process_name: _Name
    key_set_size: Annotated[int, Field(ge=1)]


class Resizing(_Body):
    """The body of `PATCH /api/v1/process/{process_name}`."""

    key_set_size: Annotated[int, Field(ge=1)]


class Request(_Body):
    """The body of `POST /api/v1/process/batch_keys`."""

    process_name: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_NAME)]
    machine: _Machine
    lease_seconds: _Seconds | None = None


class Renewal(_Body):
    """The body of `PUT /api/v1/process/batch_keys/{external_id}`."""

    lease_seconds: _Seconds | None = None


_B = TypeVar("_B", bound=_Body)


def read(kind: type[_B], body: object, *, example: str, check: Callable[[_B], list[Fault]] | None = None) -> _B:
    """A body as a model.

    Args:
        kind: The model.
        body: The parsed body.
        example: One that is right, for hints.
        check: Finds what the model cannot.

    Raises:
        InvalidRequest: With every mistake found.
    """
    if not isinstance(body, dict):
        raise _invalid([Fault("", "must be an object", f"such as {example}")])
    try:
        found = kind.model_validate(body)
    except ValidationError as error:
        raise _invalid(
            [_fault(item, kind, example) for item in error.errors(include_input=False, include_url=False)]
        ) from None
    faults = check(found) if check else []
    if faults:
        raise _invalid(faults)
    return found


def size_faults(size: int, most: int) -> list[Fault]:
    """What is wrong with the size of a key set."""
    if size <= most:
        return []
    return [Fault("/key_set_size", f"must be at most {most}", "SPEEDY_KEY_SET_MAX is the limit")]


def once(key: str | None, body: BaseModel) -> Once | None:
    """The Idempotency-Key with the fingerprint of its request: two bodies that mean the same have the same."""
    if key is None:
        return None
    text = json.dumps(body.model_dump(), sort_keys=True, separators=(",", ":"))
    return Once(key, hashlib.sha256(text.encode()).hexdigest())


def _invalid(faults: list[Fault]) -> InvalidRequest:
    count = len(faults)
    return InvalidRequest(faults, f"{count} mistake{'s' if count != 1 else ''} found; nothing was changed")


def _fault(item: Any, kind: type[BaseModel], example: str) -> Fault:
    name = str(item["loc"][0])
    if item["type"] == "extra_forbidden":
        known = ", ".join(f"`{member}`" for member in kind.model_fields)
        hint = near(name[:100], kind.model_fields) or f"known are {known}"
        return Fault(f"/{escape(name)}", f"there is no member `{name[:100]}`", hint)
    if item["type"] == "missing":
        return Fault(f"/{name}", "is needed", f"such as {example}")
    if item["type"] == "string_pattern_mismatch":
        return Fault(f"/{name}", "must not hold control characters")
    return Fault(f"/{name}", *worded(item, kind))
