"""The server's branch of the error tree; `server/problems.py` alone knows their HTTP status."""

from __future__ import annotations

from functions.check import Fault
from functions.errors import SpeedyError


class InvalidTransition(SpeedyError):
    """A job cannot go from its state to that one."""

    code = "invalid_transition"


class JobNotFound(SpeedyError):
    """There is no such job."""

    code = "job_not_found"


class FunctionNotFound(SpeedyError):
    """There is no such function."""

    code = "function_not_found"


class InvalidRequest(SpeedyError):
    """The request is not valid.

    `faults` lists every mistake found, each with its place.
    """

    code = "invalid_request"

    def __init__(self, faults: list[Fault], detail: str | None = None) -> None:
        count = len(faults)
        super().__init__(detail or f"{count} mistake{'s' if count != 1 else ''} found; nothing was queued")
        self.faults = faults


class InvalidParameter(SpeedyError):
    """A parameter or header of the request is not valid.

    `parameter` names it: `?limit` in the query, `Idempotency-Key` among the headers.
    """

    code = "invalid_parameter"

    def __init__(self, parameter: str, detail: str, *, hint: str | None = None) -> None:
        super().__init__(f"{parameter} {detail}", hint=hint)
        self.parameter = parameter


class MalformedBody(SpeedyError):
    """The body is not valid JSON."""

    code = "malformed_json"


class BodyTooLarge(SpeedyError):
    """The body is larger than the server accepts.

    `is_read` says whether it was read to its end all the same; else the connection is of no more use.
    """

    code = "body_too_large"

    def __init__(self, limit: int, *, is_read: bool) -> None:
        super().__init__(f"the body is larger than {limit} bytes", hint="send less at once")
        self.is_read = is_read


class QueueFull(SpeedyError):
    """The queue is full; try again later.

    `retry_after` says when, in seconds.
    """

    code = "queue_full"

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__()
        self.retry_after = retry_after


class OutputsUnavailable(SpeedyError):
    """Outputs cannot be written to the disk, or read there; try again later."""

    code = "outputs_unavailable"


class NoRunner(SpeedyError):
    """No runner answered in time; try again later."""

    code = "no_runner"


class IdempotencyConflict(SpeedyError):
    """This Idempotency-Key was used with another body."""

    code = "idempotency_conflict"


class JobEnded(SpeedyError):
    """The job has ended already."""

    code = "job_ended"


class NotReady(SpeedyError):
    """The job has not produced this yet."""

    code = "not_ready"


class NoResult(SpeedyError):
    """The job has no such result, and will have none."""

    code = "no_result"


class CancelRequested(SpeedyError):
    """The job was asked to stop; confirm it with CANCELLED."""

    code = "cancel_requested"


class NoJobWaiting(SpeedyError):
    """No job waits."""

    code = "no_job_waiting"


class LeaseLost(SpeedyError):
    """The lease is not, or no longer, the holder's."""

    code = "lease_lost"


class ProcessNotFound(SpeedyError):
    """There is no such process."""

    code = "process_not_found"


class ProcessExists(SpeedyError):
    """There is a process of that name already."""

    code = "process_exists"


class NoKeysFree(SpeedyError):
    """No key of the process is free."""

    code = "no_keys_free"


class KeyNotHeld(SpeedyError):
    """No key is held under this id, or not any more."""

    code = "key_not_held"


class KeysInUse(SpeedyError):
    """Keys are leased; nothing was changed.

    `faults` lists them, and who has them: the first hundred.
    """

    code = "keys_in_use"

    def __init__(self, held: list[tuple[int, str]]) -> None:
        super().__init__(
            "keys are leased; nothing was changed",
            hint="wait for their holders, or take the keys away all the same, as the docs tell",
        )
        self.held = held
        self.faults = [Fault("", f"key {key} is leased to `{machine}`") for key, machine in held]


class Unauthorized(SpeedyError):
    """The runner's key is needed."""

    code = "unauthorized"


class ApiKeyNeeded(SpeedyError):
    """An API key is needed."""

    code = "api_key_needed"


class ForeignOrigin(SpeedyError):
    """A web page of another site may not do this."""

    code = "foreign_origin"


class StoreUnavailable(SpeedyError):
    """The queue's Redis does not answer."""

    code = "store_unavailable"


class BatchNotFound(SpeedyError):
    """There is no such batch."""

    code = "batch_not_found"


class BatchClosed(SpeedyError):
    """The batch takes this no more."""

    code = "batch_closed"


class BatchFull(SpeedyError):
    """So many inputs wait that there is no room; try again later."""

    code = "batch_full"


class KeyConflict(InvalidRequest):
    """Keys stand for other values in this batch already.

    `faults` lists them.
    """

    code = "key_conflict"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults, f"keys are unique in a batch, and {len(faults)} stand for other values already")


class ServerStopping(SpeedyError):
    """The server is stopping; what is sent again, to it or another, goes on where this ended."""

    code = "server_stopping"


class TemplateNotFound(SpeedyError):
    """There is no such template."""

    code = "template_not_found"


class TemplateChanged(SpeedyError):
    """The template has another latest version than was expected."""

    code = "template_changed"


class TooManyTemplates(SpeedyError):
    """There are as many templates, or versions of one, as there may be."""

    code = "too_many_templates"
