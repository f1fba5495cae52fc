"""Errors of tasks as reasons: what a task raises reaches the driver only as text, so the reason is put into it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from functions.errors import InputMissing, InputUnreadable, SpeedyError, StepFailed, StorageFailed

_MARK = "speedy-fault:"
_AWS = re.compile(r"AWS Error (\w+)")
_DENIED = {
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "EXPIRED_TOKEN",
    "INVALID_CLIENT_TOKEN_ID",
}
#: What to do where the input changes under a job.
AGAIN = "make sure that nothing changes the input while jobs run, and submit again"


class TaskFault(SpeedyError):
    """A reason on its way from a task to the driver; its text is one line."""

    code = "task_fault"

    def __init__(self, error: StepFailed) -> None:
        fields = {"code": error.code, "detail": error.detail, "hint": error.hint}
        super().__init__(_MARK + json.dumps(fields))


@contextmanager
def crossing() -> Iterator[None]:
    """Around all that a task does: reasons raised inside reach the driver whole, see `heard`."""
    try:
        yield
    except StepFailed as error:
        raise TaskFault(error) from None


def heard(text: str) -> StepFailed | None:
    """The reason that a task's failure tells, from the text that Spark makes of it; None where it tells none."""
    _, found, rest = text.partition(_MARK)
    if not found:
        return None
    try:
        fields, _ = json.JSONDecoder().raw_decode(rest)
        code, detail, hint = str(fields["code"]), str(fields["detail"]), fields["hint"]
    except (ValueError, KeyError, TypeError):
        return None
    kind = next((kind for kind in StepFailed.__subclasses__() if kind.code == code), StepFailed)
    return kind(detail, hint=None if hint is None else str(hint))


@contextmanager
def told(place: str, *, packed: bool = False) -> Iterator[None]:
    """Turns what pyarrow raises while a file is read into reasons that name the file.

    Args:
        place: The file.
        packed: Whether it is unpacked meanwhile.

    Raises:
        InputMissing: When it is not there any more.
        InputUnreadable: When it is not what it should be.
        StorageFailed: When the disk or S3 refuses or does not answer.
    """
    import pyarrow

    try:
        yield
    except FileNotFoundError:
        raise InputMissing(f"`{place}` vanished while the job read it", hint=AGAIN) from None
    except PermissionError:
        raise InputUnreadable(f"`{place}` may not be read", hint="let the server read it") from None
    except OSError as error:
        found = _AWS.search(str(error))
        if found is not None:
            raise _refused(place, found.group(1)) from None
        if packed:
            raise damaged(place) from None
        if error.errno is not None:
            raise StorageFailed(f"`{place}` could not be read: {error.strerror}", hint="try again later") from None
        raise _unfit(place, error) from None
    except (pyarrow.ArrowException, UnicodeError) as error:
        raise _unfit(place, error) from None


def changed(place: str) -> InputUnreadable:
    """The reason where a file is not as it was when it was listed."""
    return InputUnreadable(f"`{place}` changed while the job read it", hint=AGAIN)


def damaged(place: str) -> InputUnreadable:
    """The reason where a packed file cannot be unpacked."""
    return InputUnreadable(f"`{place}` cannot be unpacked: it is damaged", hint="pack the file again, or remove it")


def _unfit(place: str, error: Exception) -> InputUnreadable:
    lines = str(error).splitlines()
    hint = "the file is damaged, or of another form than the step reads, such as CSV where Parquet is wanted"
    return InputUnreadable(f"`{place}` cannot be read: {lines[0][:300] if lines else ''}", hint=hint)


def _refused(place: str, code: str) -> StorageFailed:
    hint = "check the credentials and what they allow" if code in _DENIED else "try again later"
    return StorageFailed(f"S3 refused `{place}`: {code}", hint=hint)
