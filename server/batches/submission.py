"""From the bodies that clients send to checked batches and inputs: every mistake is told at once."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from functions.check import Fault, escape
from server.batches.batch import Breaker, Input, NewBatch, Options
from server.batches.destinations import read_url
from server.batches.keys import key_fault
from server.batches.signature import check_secret
from server.errors import InvalidRequest
from server.faults import read_model
from server.strict_json import dump

#: Of one request; several may be sent.
MOST_INPUTS = 10_000

#: Most calls begun in a second, at the least: one call in some 11 days.
MIN_RATE = 1e-6

#: What is said of a batch with mistakes.
NOT_MADE = "the batch has mistakes, and was not made"

_MOST_SECONDS = 3600.0
_SHAPE = '{"url": "https://example.com/crawl", "concurrency": 10}'
_INPUTS = 'such as [{"key": "a", "value": 1}]'

_Strict = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


def _url(text: str) -> str:
    read_url(text)
    return text


_Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_url)]


_Secret = Annotated[str, StringConstraints(max_length=1000), AfterValidator(check_secret)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class BreakerBody(BaseModel):
    """When calls to a webhook that fails are suspended."""

    model_config = _Strict

    failures: Annotated[int, Field(ge=1, le=1_000_000)] = Breaker.failures
    cooldown_seconds: Annotated[float, Field(gt=0, le=60)] = Breaker.cooldown_seconds
    give_up_seconds: Annotated[float, Field(ge=0, le=7 * 86_400)] = Breaker.give_up_seconds


class BatchBody(BaseModel):
    """The body of `POST /batches`."""

    model_config = _Strict

    url: _Url
    secret: Annotated[str, StringConstraints(max_length=1000), AfterValidator(check_secret)] | None = Field(
        None, repr=False
    )
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 10
    maxsize: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    name: (
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")] | None
    ) = None
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 5
    timeout_seconds: Annotated[float, Field(gt=0, le=_MOST_SECONDS)] = 30.0
    rate_per_second: Annotated[float, Field(ge=MIN_RATE, le=1_000_000)] | None = None
    ramp_up_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    breaker: BreakerBody = Field(default_factory=BreakerBody)
    callback_url: _Url | None = None


def read_batch(body: object, *, tenant: str) -> NewBatch:
    """Checks the body of `POST /batches`.

    Args:
        body: The parsed body.
        tenant: The name of the key that it came with.

    Raises:
        InvalidRequest: With every mistake found.
    """
    found = read_model(BatchBody, body, _SHAPE, detail=NOT_MADE)
    members: dict[str, Any] = {name: getattr(found, name) for name in BatchBody.model_fields if name != "secret"}
    members["breaker"] = Breaker(**found.breaker.model_dump())
    return NewBatch(Options(**members), found.secret, tenant)


def fingerprint(body: object) -> str:
    """Of a body: two that mean the same have the same. It tells nothing of a secret: that is left out."""
    shown = {name: value for name, value in body.items() if name != "secret"} if isinstance(body, dict) else body
    return hashlib.sha256(json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_inputs(body: object) -> list[Input]:
    """Checks the body of `PUT /batches/{id}/input`.

    Raises:
        InvalidRequest: With every mistake found.
    """
    if not isinstance(body, list):
        raise InvalidRequest([Fault("", "must be an array of inputs", _INPUTS)], "nothing was taken")
    if len(body) > MOST_INPUTS:
        raise InvalidRequest(
            [Fault("", f"holds {len(body)} inputs; at most {MOST_INPUTS} are taken at once", "send several requests")],
            "nothing was taken",
        )
    faults: list[Fault] = []
    inputs: list[Input] = []
    places: dict[str, int] = {}
    for place, item in enumerate(body):
        faults += _input_faults(place, item)
        if faults:
            continue
        first = places.setdefault(item["key"], place)
        if first != place:
            faults.append(Fault(f"/{place}/key", f"is that of /{first}, too; keys are unique in a batch"))
        inputs.append(Input(item["key"], dump(item["value"]).decode()))
    if faults:
        count = len(faults)
        raise InvalidRequest(faults, f"{count} mistake{'s' if count != 1 else ''} found; nothing was taken")
    return inputs


def _input_faults(place: int, item: object) -> list[Fault]:
    if not isinstance(item, dict):
        return [Fault(f"/{place}", "must be an object", _INPUTS)]
    faults = [
        Fault(f"/{place}/{escape(name)}", f"there is no member `{name[:100]}`", "known are key, value")
        for name in item
        if name not in ("key", "value")
    ]
    faults += [
        Fault(f"/{place}", f"needs the member `{name}`", _INPUTS) for name in ("key", "value") if name not in item
    ]
    if "key" in item:
        wrong = key_fault(item["key"])
        if wrong:
            faults.append(Fault(f"/{place}/key", wrong))
    return faults
