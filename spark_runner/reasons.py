"""Turns whatever ended an attempt into a reason that names the step, the argument and what to do."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from functions.batches import Batches
from functions.catalog import Call, Function
from functions.errors import StepFailed
from functions.records.rejects import FAULT, ExpectationFailed, TooManyRejects
from functions.storage.reading.faults import heard
from server.jobs.job import Reason

#: Reasons that may be gone at the next attempt.
RETRYABLE = frozenset({"storage_failed", "disk_full", "spark_failed", "internal", "timeout"})

#: Reasons that the records set aside tell more of.
TOLD_BY_REJECTS = frozenset({TooManyRejects.code, ExpectationFailed.code})

_VANISHED = ("FILE_NOT_EXIST", "FileNotFoundException", "PATH_NOT_FOUND", "NoSuchFileException")
_SHUT_DOWN = ("SparkContext was shut down", "stopped SparkContext", "SparkContext has been shutdown")
_UNFIT = re.compile(r"\[FAILED_READ_FILE[.\w]*\] (.*?)\s*(?:SQLSTATE|\n|\Z)")
_MEND = "the file is damaged, or is not like the others of its table: mend it, or remove it"
#: SQLSTATE classes 21, 22, 23 and 42: a value for which an expression cannot be worked out, or an expression that can
#: be for none; however often it is tried. Where Spark knows it, it shows the expression's text and marks the part at
#: fault.
_VALUE = re.compile(
    r"\[[A-Z][A-Z0-9_.]+\] (?P<words>(?:(?!SQLSTATE)[\s\S]){0,2000}?)\s*SQLSTATE: (?:21|22|23|42)\w{3}"
    r"(?:\s*\n== SQL [^\n]*==\n(?P<sql>[^\n]*)\n(?P<before> *)(?P<marks>\^+))?"
)
#: What Spark says of its settings and its past: nobody who sends a job can follow that.
_SETTING = re.compile(
    r"\s*If necessary set .*? to bypass this error\."
    r"|You may get a different result due to the upgrading to Spark >= [\d.]+:\s*"
    r"|\s*1\) You can set \"spark\..*"
    r"|\s*If you want to [^.]*, you can set \"spark\..*"
)
_FULL = ("No space left on device", "Disk quota exceeded")


@dataclass(frozen=True)
class Stopped(Exception):
    """The job was told to stop: `code` is cancelled, timeout, lost or stopping."""

    code: str


def is_shutdown(error: BaseException) -> bool:
    """Whether Spark failed because it was told to end, not because of the job."""
    text = str(error)
    return any(mark in text for mark in _SHUT_DOWN)


def reason_of(error: BaseException, call: Call | None, calls: Sequence[Call]) -> Reason:
    """The reason for an error.

    Args:
        error: What was raised.
        call: The step that was running; None when all had run.
        calls: All steps, to find the source whose file vanished.
    """
    index = call.index if call else None
    name = call.function.name if call else None
    if isinstance(error, StepFailed):
        argument = error.argument or _argument(call, error.code)
        pointer = call.pointer(argument, error.at) if call else None
        return Reason(error.code, _at(call, error.detail), index, name, argument, error.hint, pointer)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _pointed(_full(call), calls)
    if isinstance(error, PySparkException | Py4JJavaError):
        return _pointed(_spark_reason(str(error), call, calls), calls)
    return Reason(
        "internal",
        _at(call, f"an unexpected {type(error).__name__} ended the step"),
        index,
        name,
        hint="this is a fault of the server; its log holds the details",
        pointer=call.pointer() if call else None,
    )


def _pointed(reason: Reason, calls: Sequence[Call], at: Sequence[str | int] = ()) -> Reason:
    """A reason with the pointer to the step and argument that it names, unless it points somewhere already."""
    call = next((item for item in calls if item.index == reason.step), None)
    if call is None or reason.pointer is not None:
        return reason
    return replace(reason, pointer=call.pointer(reason.argument, at))


def as_named(text: str, base: Path) -> str:
    """A text whose places on the server's disk stand as steps name them: from the base folder on."""
    return text.replace(f"{base}/", "") if base != Path("/") else text


def _spark_reason(text: str, call: Call | None, calls: Sequence[Call]) -> Reason:
    index, name = (call.index, call.function.name) if call else (None, None)
    if any(mark in text for mark in _FULL):
        return _full(call)
    record = re.search(rf"{FAULT}(\d+): (.*?)\s*(?:SQLSTATE|\n|\Z)", text)
    if record is not None:
        faulty = next((item for item in calls if item.index == int(record.group(1))), call)
        place = (faulty.index, faulty.function.name) if faulty else (index, name)
        is_told = faulty is None or any(each.name == "on_error" for each in faulty.function.parameters)
        hint = 'mend the record, or say "on_error": "reject" or "null"' if is_told else "mend it in a step before"
        return Reason("bad_record", _at(faulty, record.group(2)[:500]), *place, hint=hint)
    told = heard(text)
    if told is not None:
        source = _source(calls, call)
        place = (source.index, source.function.name) if source else (index, name)
        return Reason(told.code, _at(source, told.detail), *place, _argument(source, told.code), told.hint)
    if any(mark in text for mark in _VANISHED):
        path = re.search(r"file:(?://)?(/[^\s,;'\"]+)", text)
        source = _source(calls, call)
        shown = f"`{path.group(1).rsplit('/', 1)[-1]}` " if path else ""
        return Reason(
            "input_missing",
            _at(source, f"the input file {shown}vanished while the job read it"),
            source.index if source else index,
            source.function.name if source else name,
            _argument(source, "input_missing"),
            "make sure that nothing removes the input while jobs run, and submit again",
        )
    unfit = _UNFIT.search(text)
    if unfit is not None:
        source = _source(calls, call)
        place = (source.index, source.function.name) if source else (index, name)
        detail = _at(source, unfit.group(1)[:500])
        return Reason("input_unreadable", detail, *place, _argument(source, "input_unreadable"), _MEND)
    value = _VALUE.search(text)
    if value is not None:
        return _value_reason(value, call, calls)
    first = text.strip().splitlines()[0] if text.strip() else "Spark failed"
    if first.startswith("An error occurred while calling"):
        causes = [line.removeprefix(": ") for line in text.splitlines()[1:] if line and not line.startswith("\t")]
        first = causes[0] if causes else first
    return Reason("spark_failed", _at(call, first[:500]), index, name, hint="the job's events may tell more")


def _value_reason(found: re.Match[str], call: Call | None, calls: Sequence[Call]) -> Reason:
    """Puts a value that an expression cannot be worked out for down to the step that holds the expression."""
    detail = _SETTING.sub("", re.sub(r"\s+", " ", found["words"]))[:500]
    faulty, argument, at = call, None, ""
    if found["sql"]:
        start = len(found["before"])
        detail += f" In `{found['sql'][start : start + len(found['marks'])][:200]}`"
        last = call.index if call else len(calls)
        holders = [(item, *holding) for item in calls if item.index <= last for holding in _holding(item, found["sql"])]
        faulty, argument, at = holders[-1] if holders else (call, None, "")
    hint = "mend the value, or filter its row before; a function such as try_cast gives null instead"
    index, name = (faulty.index, faulty.function.name) if faulty else (None, None)
    reason = Reason("bad_value", _at(faulty, detail), index, name, argument, hint)
    return _pointed(reason, calls, (at,))


def _holding(call: Call, sql: str) -> list[tuple[str, str]]:
    """The step's arguments that hold a text, as it stands or inside them, and the member that does."""
    found = []
    for name, value in call.arguments.items():
        texts = value.items() if isinstance(value, dict) else [("", value)]
        found += [(name, str(key)) for key, text in texts if isinstance(text, str) and sql in text]
    return found


def _full(call: Call | None) -> Reason:
    return Reason(
        "disk_full",
        _at(call, "the disk is full"),
        call.index if call else None,
        call.function.name if call else None,
        _argument(call, "disk_full"),
        "free some space, or choose another destination, and submit again",
    )


def _at(call: Call | None, detail: str) -> str:
    return f"step {call.index} (`{call.function.name}`): {detail}" if call else detail


def _source(calls: Sequence[Call], call: Call | None) -> Call | None:
    """The source whose rows the failed step read: the last one before it; outputs of a batch are such rows, too."""
    last = call.index if call else len(calls)
    sources = [
        item
        for item in calls
        if (not item.function.takes and item.index <= last) or (_gives_outputs(item.function) and item.index < last)
    ]
    return sources[-1] if sources else call


def _gives_outputs(function: Function) -> bool:
    return Batches in function.collaborators.values()


def _argument(call: Call | None, code: str) -> str | None:
    """The argument that names a path, where the error is about one."""
    if call is None or code not in (
        "path_not_allowed",
        "input_missing",
        "input_unreadable",
        "destination_exists",
        "disk_full",
        "storage_failed",
    ):
        return None
    names = [parameter.name for parameter in call.function.parameters]
    return next((name for name in ("filepath", "folderpath", "keypath", "path") if name in names), None)
