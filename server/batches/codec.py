"""Between a batch's record and its Redis hash, and between an output and its text there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from functions.storage.batch_outputs import Output
from server.api_keys import NOBODY
from server.batches.batch import Batch, Breaker, Counts, NewBatch, Options, State


def new_fields(batch: NewBatch) -> list[str]:
    """The hash of a new batch: field, value, field, value …. The secret is not part of it."""
    options = batch.options
    document = {**vars(options), "breaker": vars(options.breaker)}
    fields = {
        "options": json.dumps(document, separators=(",", ":")),
        # What the scripts look at stands beside.
        "concurrency": str(options.concurrency),
        "maxsize": str(options.maxsize),
        "breaker_failures": str(options.breaker.failures),
        "breaker_cooldown_ms": str(round(options.breaker.cooldown_seconds * 1000)),
        "give_up_ms": str(round(options.breaker.give_up_seconds * 1000)),
    }
    if options.rate_per_second:
        fields["rate"] = repr(float(options.rate_per_second))
    if options.ramp_up_seconds:
        fields["ramp_ms"] = str(round(options.ramp_up_seconds * 1000))
    if options.name:
        fields["name"] = options.name
    if options.callback_url:
        fields["callback"] = ""
    if batch.tenant != NOBODY:
        fields["tenant"] = batch.tenant
    return [text for field in fields.items() for text in field]


def batch_of(batch_id: str, fields: Mapping[str, str], places: tuple[int, int, int] = (0, 0, 0)) -> Batch:
    """The record in a hash.

    Args:
        batch_id: Its id.
        fields: The hash.
        places: How many of its inputs wait, wait to be called again, and are held by dispatchers.
    """
    document: dict[str, Any] = json.loads(fields["options"])
    suspended = int(float(fields.get("suspended_until", 0)))
    waiting, retrying, held = places
    # What is held beyond the limit is held ready, and waits.
    in_flight = min(held, int(document["concurrency"]))
    return Batch(
        id=batch_id,
        state=State(fields["state"]),
        options=Options(**{**document, "breaker": Breaker(**document["breaker"])}),
        created_at=int(fields["created"]) // 1000,
        counts=Counts(
            inputs=int(fields.get("inputs", 0)),
            outputs=int(fields.get("outputs", 0)),
            failed=int(fields.get("failed", 0)),
            waiting=waiting + held - in_flight,
            retrying=retrying,
            in_flight=in_flight,
        ),
        tenant=fields.get("tenant", NOBODY),
        completed_at=_time(fields, "completed_at"),
        finished_at=_time(fields, "finished_at"),
        suspended_until=suspended or None,
        callback=fields.get("callback") or None,
        moves=int(fields.get("moves", 0)),
        sequence=int(fields.get("sequence", 0)),
        retry_before=int(fields["retry_before"]) if "retry_before" in fields else None,
    )


def output_of(key: str, text: str) -> Output:
    """An output as the scripts keep it: '<sequence> <digest> <1: it failed>', the output, the input."""
    heading, output, given = text.split("\n")
    sequence, digest, failed = heading.split(" ")
    return Output(int(sequence), key, digest, failed == "1", output, given)


def _time(fields: Mapping[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None
