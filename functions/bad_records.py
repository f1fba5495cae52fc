"""What becomes of records that cannot be read: the arguments that say so, and values that do not convert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Literal

from pydantic import Field, PlainValidator
from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.check import refuse
from functions.rejects import Rejects
from functions.workspace import Rows, quoted

#: `reject` sets the record aside with the reason, `null` goes on without the value, `fail` ends the job.
OnError = Literal["reject", "null", "fail"]


def _most(given: object) -> object:
    is_count = isinstance(given, int) and not isinstance(given, bool) and given >= 0
    is_share = isinstance(given, float) and 0 < given < 1
    if given is None or is_count or is_share:
        return given
    raise refuse("bad_bound", "must be a count from 0, or a share above 0 and below 1", "such as 100, 0.01 or null")


_Most = Annotated[int, Field(ge=0)] | Annotated[float, Field(gt=0, lt=1)] | None
#: How many records may be set aside before the job fails: a count, or a share above 0 and below 1; null: any number.
#: Checked at once, so that a wrong one is one mistake and not one of each type.
MaxRejects = Annotated[_Most, PlainValidator(_most, json_schema_input_type=_Most)]

_LONGEST_VALUE = 100


@dataclass(frozen=True)
class Conversion:
    """A new value made of others; NULL where it cannot be made, unless `is_fault` tells."""

    value: Column
    #: The columns that it is made of; where one of them is NULL, so may the value be.
    of: Sequence[str]
    #: What its text should have been, such as "a date written yyyy-MM-dd".
    wanted: str
    #: Whether it is at fault, never NULL; None: where it is NULL and none of what it is made of is.
    is_fault: Column | None = None


def convert(
    rows: Rows,
    conversions: Mapping[str, Conversion],
    on_error: OnError,
    max_rejects: float | None = None,
    *,
    rejects: Rejects,
) -> Rows:
    """Sets columns to converted values, and does with the rows whose value is at fault as was asked.

    Args:
        rows: The rows.
        conversions: The new value of each column, by name; a column that is there keeps its place.
        on_error: What becomes of a record with a value at fault.
        max_rejects: How many records may be set aside.
        rejects: Takes them.
    """
    if not conversions:
        return rows
    if on_error == "null":
        return Rows(rows.frame.withColumns({name: made.value for name, made in conversions.items()}))
    made = {f"converted:{place}": conversion for place, conversion in enumerate(conversions.values())}
    # Worked out once, below what looks at it twice.
    told = {f"fault:{name}": each.is_fault for name, each in made.items() if each.is_fault is not None}
    wide = rows.frame.withColumns({name: conversion.value for name, conversion in made.items()} | told)
    faults = [_fault(name, conversion) for name, conversion in made.items()]
    reason = F.coalesce(*faults)
    if on_error == "fail":
        failed = F.when(reason.isNotNull(), rejects.fault(reason))
        first = next(iter(made))
        wide = wide.withColumn(first, F.coalesce(failed.cast(wide.schema[first].dataType), F.col(quoted(first))))
    else:
        wide = rejects.set_aside(wide, reason.isNull(), rows.json(), reason, most=max_rejects)
    places = dict(zip(conversions, made, strict=True))
    kept = [F.col(quoted(places.get(name, name))).alias(name) for name in rows.columns]
    added = [F.col(quoted(place)).alias(name) for name, place in places.items() if name not in rows.columns]
    return Rows(wide.select(*kept, *added))


def _fault(name: str, conversion: Conversion) -> Column:
    """What is wrong with a value; NULL where nothing is."""
    sources = [F.col(quoted(source)) for source in conversion.of]
    if conversion.is_fault is None:
        is_given = reduce(Column.__and__, [source.isNotNull() for source in sources])
        is_fault = F.col(quoted(name)).isNull() & is_given
    else:
        is_fault = F.col(quoted(f"fault:{name}"))
    named = ", ".join(f"`{source}`" for source in conversion.of)
    shown = [F.left(_text(source), F.lit(_LONGEST_VALUE)) for source in sources]
    text = F.concat(F.lit(f"{named}: `"), F.concat_ws("`, `", *shown), F.lit(f"` is not {conversion.wanted}"))
    return F.when(is_fault, text)


def _text(value: Column) -> Column:
    """A value for a message, of whatever type."""
    return F.get_json_object(F.to_json(F.struct(value.alias("value"))), "$.value")
