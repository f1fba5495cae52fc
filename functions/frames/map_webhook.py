"""Mapping rows over a webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from pydantic import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, MapType, StructType, VariantType

from functions.arguments.batches import WebhookUrl
from functions.arguments.tables import KeyField
from functions.batches import Batches, Webhook
from functions.catalog import function
from functions.errors import StepFailed
from functions.storage.storage import Storage
from functions.workspace import Frame, Lines, Objects, Rows

_NO_FIELDS = "put jsonify before: objects have fields; or leave out the key, and lines are numbered from 1"
_NOT_PLAIN = (ArrayType, BinaryType, MapType, StructType, VariantType)


@function
def map_webhook(
    frame: Frame,
    url: WebhookUrl,
    key: KeyField | None = None,
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 10,
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 5,
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0,
    rate_per_second: Annotated[float, Field(ge=1e-6, le=1_000_000)] | None = None,
    *,
    batches: Batches,
    storage: Storage,
) -> Lines:
    """Call a webhook for each row, and go on with what it answers.

    Each row goes to `url/{key}` as JSON, an object as it is, a line as a JSON string, through a batch of the job's own,
    which `GET /batches` shows. The step lasts until every row was answered. Its rows are those that `load_batch` reads:
    lines `{"key": …, "value": …}`, or `{"key": …, "error": …}` where a row failed, in the order in which the answers
    came. The secret that the webhook is shown is the job's option `webhook`, and stands in no step.

    Args:
        url: The webhook.
        key: The column of the rows whose value as text is the row's key, or the field of the objects that holds a text
            or number, another for each row; without it rows are numbered from 1.
        concurrency: Most calls at once.
        max_attempts: Calls of one row in all.
        timeout_seconds: Longest call, seconds.
        rate_per_second: Most calls begun in a second.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["map_webhook", "https://hooks.example.com/parse", "order_id", 20]
    """
    webhook = Webhook(url, concurrency, max_attempts, timeout_seconds, rate_per_second)
    rows = _numbered(frame) if key is None else _keyed(frame, key)
    return Lines(storage.read_outputs(batches.map(rows, webhook)))


def _numbered(frame: Frame) -> Iterator[tuple[str, str]]:
    rows = frame.frame.select(frame.json().alias("value")).toLocalIterator()
    return ((str(number), row.value) for number, row in enumerate(rows, 1))


def _keyed(frame: Frame, field: str) -> Iterator[tuple[str, str]]:
    read: Callable[[str | None], str]
    if isinstance(frame, Objects):
        told, key, read = f"field `{field}`", F.to_json(frame.raw(field)), _text_or_number
    elif isinstance(frame, Rows) and not isinstance(frame, Lines):
        told, key, read = f"column `{field}`", _column(frame, field), _text
    else:
        raise StepFailed("lines have no fields", argument="key", hint=_NO_FIELDS)
    return _read(frame.frame.select(frame.json().alias("value"), key.alias("key")), told, read)


def _read(frame: DataFrame, told: str, read: Callable[[str | None], str]) -> Iterator[tuple[str, str]]:
    for number, row in enumerate(frame.toLocalIterator(), 1):
        try:
            key = read(row.key)
        except ValueError as error:
            raise StepFailed(
                f"row {number} has {error} in the {told}, which is to be its key",
                argument="key",
                hint="name one in which every row has a value, or leave the key out",
            ) from None
        yield key, row.value


def _column(rows: Rows, name: str) -> Column:
    column = rows.column(name, argument="key")
    found = rows.type_of(name)
    if isinstance(found, _NOT_PLAIN):
        raise StepFailed(
            f"the column `{name}` is of the type {found.simpleString()[:100]}, which is no key",
            argument="key",
            hint="name a column of texts, numbers, dates or times, or leave the key out",
        )
    return column.cast("string")


def _text(key: str | None) -> str:
    if key is None:
        raise ValueError("nothing")
    return key


def _text_or_number(text: str | None) -> str:
    """A text as it is, a number as it is written."""
    found: Any = None if text is None else json.loads(text)
    if isinstance(found, str):
        return found
    if text is None or found is None or isinstance(found, bool | list | dict):
        raise ValueError("nothing" if found is None else "neither a text nor a number")
    return text
