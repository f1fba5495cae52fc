"""What becomes of records that cannot be read: the arguments that say so, and values that do not convert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, PlainValidator
from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.check import refuse
from functions.constants import JSON_TIMES, options_literal, text_literal
from functions.records.rejects import Rejects
from functions.workspace import Rows, aliased, quoted, unused_name

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
_JSON_OPTIONS = options_literal({"ignoreNullFields": "false", **JSON_TIMES})


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
    beside = [unused_name(rows.columns, f"converted:{place}") for place in range(len(conversions))]
    made = dict(zip(beside, conversions.values(), strict=True))
    faults = {name: unused_name(rows.columns, f"fault:{place}") for place, name in enumerate(made)}
    # Worked out once, below what looks at it twice.
    told = {faults[name]: each.is_fault for name, each in made.items() if each.is_fault is not None}
    wide = rows.frame.withColumns({name: conversion.value for name, conversion in made.items()} | told)
    is_bad = " OR ".join(_is_fault(name, conversion, faults[name]) for name, conversion in made.items())
    if on_error == "fail":
        failed = F.when(F.expr(is_bad), rejects.fault(_reason(made, faults), rows.json()))
        first = next(iter(made))
        wide = wide.withColumn(first, F.coalesce(failed.cast(wide.schema[first].dataType), F.col(quoted(first))))
    else:
        keep = F.expr(f"NOT ({is_bad})")
        wide = rejects.set_aside(wide, keep, lambda: (rows.json(), _reason(made, faults)), most=max_rejects)
    places = dict(zip(conversions, made, strict=True))
    kept = {name: places.get(name, name) for name in rows.columns}
    return Rows(wide.selectExpr(*[aliased(quoted(place), name) for name, place in (kept | places).items()]))


def _is_fault(name: str, conversion: Conversion, told: str) -> str:
    """Whether a value is at fault, in SQL; `told` is the column that tells it, where there is one."""
    if conversion.is_fault is not None:
        return quoted(told)
    return " AND ".join([f"{quoted(name)} IS NULL", *[f"{quoted(source)} IS NOT NULL" for source in conversion.of]])


def _reason(made: Mapping[str, Conversion], told: Mapping[str, str]) -> Column:
    """What is wrong with the first value at fault."""
    faults = [f"CASE WHEN {_is_fault(name, each, told[name])} THEN {_told(each)} END" for name, each in made.items()]
    return F.expr(f"coalesce({', '.join(faults)})")


def _told(conversion: Conversion) -> str:
    """What is wrong with a value that is at fault, in SQL."""
    named = ", ".join(f"`{source}`" for source in conversion.of)
    shown = ", ".join(f"left({_text(source)}, {_LONGEST_VALUE})" for source in conversion.of)
    before, behind = text_literal(f"{named}: `"), text_literal(f"` is not {conversion.wanted}")
    return f"concat({before}, concat_ws('`, `', {shown}), {behind})"


def _text(source: str) -> str:
    """A value for a message, of whatever type, in SQL."""
    return f"get_json_object(to_json(struct({aliased(quoted(source), 'value')}), {_JSON_OPTIONS}), '$.value')"
