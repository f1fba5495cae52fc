"""From the body of `POST /jobs/submit` to a checked job: every mistake is found at once, nothing is queued on any."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import to_jsonable_python

from functions.catalog import Call, Catalog
from functions.check import Fault, Flow, escape
from functions.names import near
from functions.storage.roots import Roots
from functions.wording import worded
from server.api_keys import NOBODY
from server.batches.destinations import read_url
from server.batches.signature import check_secret
from server.errors import InvalidParameter, InvalidRequest
from server.jobs.job import NewJob, Priority
from server.limits import S3Rules

#: The members of a submission; the last two go with a template in the place of steps.
MEMBERS = ("steps", "options", "template", "parameters")
#: What the options show in the place of credentials.
SECRET = "set"  # noqa: S105 - it is none

_MOST_TAGS = 20
#: The options that no template may hold, below `s3` and `webhook`.
CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "secret")
#: Beyond what any job needs; checking a step takes more than twice the time for twice the names.
_MOST_VALUES = 20_000
_LONGEST_KEY = 255
_MOST_SECONDS = 30 * 86_400
_SHAPE = 'such as {"steps": [["load_rdd", "README.md"], ["take", 5]]}'

#: Text for people to read: no control characters.
_Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
#: A credential: what an HTTP header can carry.
_Token = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]

_ADDRESS = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?$"
_ROLE = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$"

_Strict = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


class S3Options(BaseModel):
    """How the job reaches S3. Write-only: no answer, log line or file ever shows it."""

    model_config = _Strict

    aws_access_key_id: _Token | None = Field(None, repr=False)
    aws_secret_access_key: _Token | None = Field(None, repr=False)
    aws_session_token: _Token | None = Field(None, repr=False)
    region: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9-]+$")] | None = None
    endpoint_url: Annotated[str, StringConstraints(max_length=300, pattern=_ADDRESS)] | None = None
    role_arn: Annotated[str, StringConstraints(max_length=600, pattern=_ROLE)] | None = None


class WebhookOptions(BaseModel):
    """What the job shows to webhooks. Write-only, as those of S3."""

    model_config = _Strict

    secret: Annotated[str, StringConstraints(max_length=1000), AfterValidator(check_secret)] = Field(repr=False)


class Options(BaseModel):
    """The options of a job."""

    model_config = _Strict

    s3: S3Options | None = None
    webhook: WebhookOptions | None = None
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
    #: A fault of a step at its place in the body, where the steps are a template's and do not stand there.
    place_fault: Callable[[Fault], Fault] | None = None

    def to_json(self) -> dict[str, Any]:
        """What `POST /jobs/validate` shows."""
        return {
            "valid": True,
            **({"template": self.job.template} if self.job.template else {}),
            "steps": [
                {"function": call.function.name, "arguments": to_jsonable_python(dict(call.arguments))}
                for call in self.calls
            ],
            "warnings": self.warnings,
        }


def read_submission(
    body: object,
    catalog: Catalog,
    roots: Roots,
    *,
    max_steps: int,
    tenant: str = NOBODY,
    rules: S3Rules = S3Rules(),  # noqa: B008 - it cannot change
    check_url: Callable[[str], object] = read_url,
    of_steps: list[Fault] | None = None,
) -> Submission:
    """Checks a submission.

    Args:
        body: The parsed body.
        catalog: The functions that steps may name.
        roots: The paths that steps may use.
        max_steps: The most steps that a job may have.
        tenant: The name of the key that it came with.
        rules: What the job may do on S3.
        check_url: Raises a ValueError where a webhook may not be called.
        of_steps: Takes mistakes of steps, where there are no others: then the submission is given all the same, with
            calls for the other steps; None: these end the check, too.

    Raises:
        InvalidRequest: With every mistake found.
    """
    if not isinstance(body, dict):
        raise InvalidRequest([Fault("", "must be an object", _SHAPE)])
    faults = member_faults(body)
    if is_too_much(body):
        raise InvalidRequest([*faults, too_much()])
    options = _options(body.get("options"), faults)
    if options is not None and options.s3 is not None:
        faults += _s3_faults(options.s3, rules)
    flow = Flow(roots, rules.lists, check_url)
    calls: list[Call] = []
    if "steps" not in body:
        faults.append(Fault("", "needs the member `steps`", _SHAPE))
    else:
        calls, wrong = catalog.checked(body["steps"], flow, max_steps=max_steps)
        faults += wrong
        if of_steps is not None and calls and faults == wrong:
            of_steps += wrong
            faults = []
    if faults or options is None:
        raise InvalidRequest(faults)
    return Submission(_new_job(body, options, tenant), calls, flow.warnings, fingerprint_of(body))


def member_faults(body: Mapping[str, object]) -> list[Fault]:
    """The members of a body that no submission has, or none without a template."""
    lonely = Fault("/parameters", "goes with `template` only", "name a template in the place of `steps`")
    faults = [lonely] if "parameters" in body and "template" not in body else []
    return faults + [
        Fault(f"/{escape(name)}", f"there is no member `{name[:100]}`", _known(name, MEMBERS))
        for name in body
        if name not in MEMBERS
    ]


def option_faults(given: object, rules: S3Rules) -> list[Fault]:
    """What is wrong with options that are kept for later jobs, which bring the credentials themselves."""
    faults: list[Fault] = []
    options = _options(given, faults)
    if options is not None and options.s3 is not None:
        keys = {"aws_access_key_id": "to come", "aws_secret_access_key": "to come"}
        brought = {} if options.s3 == S3Options() else keys
        faults += _s3_faults(options.s3.model_copy(update=brought), rules)
    return faults


def check_idempotency_key(key: str | None) -> str | None:
    """The key as it is.

    Raises:
        InvalidParameter: When it is not 1 to 255 printable ASCII characters.
    """
    if key is not None and not re.fullmatch(rf"[\x20-\x7e]{{1,{_LONGEST_KEY}}}", key):
        raise InvalidParameter("Idempotency-Key", f"must be 1 to {_LONGEST_KEY} printable ASCII characters")
    return key


def is_too_much(body: dict[str, Any]) -> bool:
    """Whether a body holds more values than a job may have."""
    waiting: list[Any] = [body]
    values = 0
    while waiting and values <= _MOST_VALUES:
        item = waiting.pop()
        if isinstance(item, dict | list):
            values += len(item)
            waiting += item.values() if isinstance(item, dict) else item
    return values > _MOST_VALUES


def too_much() -> Fault:
    """What is then said."""
    return Fault("/steps", f"holds more than {_MOST_VALUES} values", "use several jobs")


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
        faults += [_fault(item) for item in error.errors(include_url=False)]
        return None


def _s3_faults(given: S3Options, rules: S3Rules) -> list[Fault]:
    """What is wrong with the options of S3 as a whole."""
    place = "/options/s3"
    if not rules.takes_credentials:
        return [Fault(place, "is not taken: this server reads S3 as the machine does (s3a)", "leave it out")]
    if not given.model_fields_set or given == S3Options():
        return [Fault(place, "is empty", f"known are {', '.join(f'`{name}`' for name in S3Options.model_fields)}")]
    faults = []
    has_id, has_key = given.aws_access_key_id is not None, given.aws_secret_access_key is not None
    if has_id != has_key or (given.aws_session_token is not None and not has_id):
        missing = "aws_secret_access_key" if has_id else "aws_access_key_id"
        faults.append(Fault(f"{place}/{missing}", "is needed: a key has two parts, and a token belongs to a key"))
    if given.endpoint_url is not None:
        if not rules.allows_endpoint(given.endpoint_url):
            hint = "leave it out, or have it added to SPEEDY_S3_ENDPOINTS_ALLOWED"
            faults.append(Fault(f"{place}/endpoint_url", "is none that jobs of this server may name", hint))
        elif not has_id:
            hint = "give aws_access_key_id and aws_secret_access_key, too"
            faults.append(Fault(f"{place}/endpoint_url", "needs keys: the machine's own go to no other place", hint))
    return faults


#: Options that are objects.
_MODELS: Mapping[str, type[BaseModel]] = {"s3": S3Options, "webhook": WebhookOptions}


def _fault(item: Any) -> Fault:
    place: tuple[int | str, ...] = item["loc"]
    pointer = "/options" + "".join(f"/{escape(str(part))}" for part in place)
    model = _MODELS.get(str(place[0]), Options) if len(place) > 1 else Options
    if item["type"] == "extra_forbidden":
        name = str(place[-1])
        return Fault(pointer, f"there is no option `{name[:100]}`", _known(name, model.model_fields))
    detail, hint = worded(item, Options)
    return Fault(pointer, detail, hint, str(item["type"]))


def _known(name: str, names: Any) -> str:
    return near(name[:100], names) or f"known are {', '.join(f'`{known}`' for known in names)}"


def _new_job(body: dict[str, Any], options: Options, tenant: str) -> NewJob:
    shown = {name: value for name, value in (body.get("options") or {}).items() if value is not None}
    shown |= {name: SECRET for name in _MODELS if name in shown}
    return NewJob(
        steps=body["steps"],
        options=shown,
        name=options.name,
        tags=tuple(options.tags),
        priority=Priority(options.priority),
        timeout_seconds=options.timeout_seconds,
        max_attempts=options.max_attempts,
        secrets=_secrets(options),
        tenant=tenant,
    )


def _secrets(options: Options) -> dict[str, Any] | None:
    """What is stored encrypted: the members of `s3`, and beside them `webhook`."""
    found = options.s3.model_dump(exclude_none=True) if options.s3 else {}
    if options.webhook:
        found["webhook"] = options.webhook.model_dump()
    return found or None


def fingerprint_of(body: dict[str, Any]) -> str:
    """Of all but the credentials: who submits again later has fresh ones, and no trace of them is to be kept."""
    options = body.get("options")
    if isinstance(options, dict):
        kept = {
            place: {name: value for name, value in options[place].items() if name not in CREDENTIALS}
            for place in _MODELS
            if isinstance(options.get(place), dict)
        }
        body = {**body, "options": {**options, **kept}}
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
