"""From the body of `POST /jobs/submit` to a checked job: every mistake is found at once, nothing is queued on any."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import to_jsonable_python

from functions.catalog import Call, Catalog, StepFaults, escape
from functions.check import Fault, Flow
from functions.names import near
from functions.storage.roots import Roots
from server.errors import InvalidParameter, InvalidRequest
from server.jobs.job import NewJob, Priority

#: The members of a submission.
MEMBERS = ("steps", "options")
#: What the options show in the place of credentials.
SECRET = "set"  # noqa: S105 - it is none

_MOST_TAGS = 20
#: Beyond what any job needs; checking a step takes more than twice the time for twice the names.
_MOST_VALUES = 20_000
_LONGEST_KEY = 255
_MOST_SECONDS = 30 * 86_400
_SHAPE = 'such as {"steps": [["load_rdd", "README.md"], ["take", 5]]}'

#: Text for people to read: no control characters.
_Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
#: A credential: what an HTTP header can carry.
_Token = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]

_Strict = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


class S3Options(BaseModel):
    """How the job reaches S3. Write-only: no answer, log line or file ever shows it."""

    model_config = _Strict

    aws_access_key_id: _Token
    aws_secret_access_key: _Token
    aws_session_token: _Token | None = None
    region: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9-]+$")] | None = None


class Options(BaseModel):
    """The options of a job."""

    model_config = _Strict

    s3: S3Options | None = None
    name: Annotated[_Line, StringConstraints(min_length=1, max_length=200)] | None = None
    tags: Annotated[
        list[Annotated[_Line, StringConstraints(min_length=1, max_length=50)]], Field(max_length=_MOST_TAGS)
    ] = Field(default_factory=list)
    timeout_seconds: Annotated[float, Field(gt=0, le=_MOST_SECONDS)] | None = None
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 1
    priority: Literal["high", "normal", "low"] = "normal"


@dataclass(frozen=True)
class Submission:
    """A body that holds no mistake."""

    job: NewJob
    calls: list[Call]
    warnings: list[str]
    #: sha256 of the body as canonical JSON, in hex: two bodies that mean the same have the same.
    fingerprint: str

    def to_json(self) -> dict[str, Any]:
        """What `POST /jobs/validate` shows."""
        return {
            "valid": True,
            "steps": [
                {"function": call.function.name, "arguments": to_jsonable_python(dict(call.arguments))}
                for call in self.calls
            ],
            "warnings": self.warnings,
        }


def read_submission(body: object, catalog: Catalog, roots: Roots, *, max_steps: int) -> Submission:
    """Checks a submission.

    Args:
        body: The parsed body.
        catalog: The functions that steps may name.
        roots: The paths that steps may use.
        max_steps: The most steps that a job may have.

    Raises:
        InvalidRequest: With every mistake found.
    """
    if not isinstance(body, dict):
        raise InvalidRequest([Fault("", "must be an object", _SHAPE)])
    faults = [
        Fault(f"/{escape(name)}", f"there is no member `{name[:100]}`", _known(name, MEMBERS))
        for name in body
        if name not in MEMBERS
    ]
    if _is_too_much(body):
        raise InvalidRequest([*faults, Fault("/steps", f"holds more than {_MOST_VALUES} values", "use several jobs")])
    options = _options(body.get("options"), faults)
    flow = Flow(roots)
    calls: list[Call] = []
    if "steps" not in body:
        faults.append(Fault("", "needs the member `steps`", _SHAPE))
    else:
        try:
            calls = catalog.check(body["steps"], flow, max_steps=max_steps)
        except StepFaults as error:
            faults += error.faults
    if faults or options is None:
        raise InvalidRequest(faults)
    return Submission(_new_job(body, options), calls, flow.warnings, _fingerprint(body))


def check_idempotency_key(key: str | None) -> str | None:
    """The key as it is.

    Raises:
        InvalidParameter: When it is not 1 to 255 printable ASCII characters.
    """
    if key is not None and not re.fullmatch(rf"[\x20-\x7e]{{1,{_LONGEST_KEY}}}", key):
        raise InvalidParameter("Idempotency-Key", f"must be 1 to {_LONGEST_KEY} printable ASCII characters")
    return key


def _is_too_much(body: dict[str, Any]) -> bool:
    waiting: list[Any] = [body]
    values = 0
    while waiting and values <= _MOST_VALUES:
        item = waiting.pop()
        if isinstance(item, dict | list):
            values += len(item)
            waiting += item.values() if isinstance(item, dict) else item
    return values > _MOST_VALUES


def _options(given: object, faults: list[Fault]) -> Options | None:
    """The options; None, and the faults noted, when some are wrong."""
    if given is None:
        return Options()
    if not isinstance(given, dict):
        faults.append(Fault("/options", "must be an object", 'such as {"name": "nightly", "priority": "low"}'))
        return None
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        faults += [_fault(item) for item in error.errors(include_input=False, include_url=False)]
        return None


def _fault(item: Any) -> Fault:
    place: tuple[int | str, ...] = item["loc"]
    pointer = "/options" + "".join(f"/{escape(str(part))}" for part in place)
    model = S3Options if place[0] == "s3" and len(place) > 1 else Options
    if item["type"] == "extra_forbidden":
        name = str(place[-1])
        return Fault(pointer, f"there is no option `{name[:100]}`", _known(name, model.model_fields))
    if item["type"] == "missing":
        return Fault(pointer, "is needed")
    if item["type"] == "string_pattern_mismatch":
        return Fault(pointer, "holds a character that it may not hold, or has another form than it must have")
    return Fault(pointer, str(item["msg"]))


def _known(name: str, names: Any) -> str:
    return near(name[:100], names) or f"known are {', '.join(f'`{known}`' for known in names)}"


def _new_job(body: dict[str, Any], options: Options) -> NewJob:
    shown = {name: value for name, value in (body.get("options") or {}).items() if value is not None}
    if "s3" in shown:
        shown["s3"] = SECRET
    return NewJob(
        steps=body["steps"],
        options=shown,
        name=options.name,
        tags=tuple(options.tags),
        priority=Priority(options.priority),
        timeout_seconds=options.timeout_seconds,
        max_attempts=options.max_attempts,
        secrets=options.s3.model_dump(exclude_none=True) if options.s3 else None,
    )


def _fingerprint(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
