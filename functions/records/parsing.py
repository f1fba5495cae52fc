"""Rows of records of text: what fits is kept, the rest set aside with the reason and the record itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.constants import text_literal
from functions.records.bad_records import OnError
from functions.records.first_seen import FirstSeen
from functions.records.rejects import Rejects
from functions.workspace import Rows, aliased, quoted

#: The field in which Spark's parsers put a record that is not as it should be; a name that no record can know.
CORRUPT = f"corrupt:{uuid4().hex}"
NOT_UTF8 = "not UTF-8 text"
_PARSED = "parsed:record"
_WHOLE = quoted(_PARSED)
_BAD = "parsed:bad"
_LONGEST_VALUE = 100


@dataclass(frozen=True)
class Parsing:
    """How records become rows; all columns are of a frame with the column `value`, a record each."""

    #: A struct with the fields of `names` and `CORRUPT`, or NULL.
    value: Column
    #: The columns to keep, in order.
    names: Sequence[str]
    #: Makes what is wrong with a record, of those at fault alone; of a record and what was read of it.
    reason: Callable[[], Column]
    #: Whether a record is at fault although it could be parsed, in SQL; never NULL.
    suspect: str | None = None
    #: In SQL: the value of each column in what was read, and whether the record is no such thing (never NULL).
    #: None: what was read is a struct of the fields themselves.
    within: tuple[Callable[[str], str], str] | None = None
    #: Columns of the frame that hold what was read of records already, whose `value` is NULL then; by `names`.
    plain: Mapping[str, str] = field(default_factory=dict)


def parsed() -> Column:
    """What was read of a record, for `Parsing.reason`."""
    return F.col(quoted(_PARSED))


def read_field(name: str) -> str:
    """A field of what was read of a record, in SQL."""
    return f"{_WHOLE}[{text_literal(name)}]"


def rows_of(
    records: DataFrame,
    told: Mapping[str, str],
    parsing: Parsing,
    on_error: OnError,
    max_rejects: float | None,
    *,
    rejects: Rejects,
) -> Rows:
    """The rows of some records.

    Args:
        records: A string column, `value`, and the columns of `told` and of `parsing.plain`.
        told: Names of columns that are kept as they are, behind the others, by those they have in `records`; a field of
            the records of such a name is not kept.
        parsing: How records become rows.
        on_error: What becomes of a record at fault.
        max_rejects: How many records may be set aside.
        rejects: Takes them.
    """
    wide = records.select(
        "value",
        *map(quoted, told),
        *map(quoted, parsing.plain.values()),
        parsing.value.alias(_PARSED),
    )
    value_of, is_none = parsing.within or (read_field, f"{read_field(CORRUPT)} IS NOT NULL OR {_WHOLE} IS NULL")
    if on_error != "null":
        suspect = f" OR {parsing.suspect}" if parsing.suspect is not None else ""
        is_bad = f"{is_none} OR NOT is_valid_utf8(value){suspect}"
        if parsing.plain:
            is_bad = f"value IS NOT NULL AND ({is_bad})"
        wide = wide.selectExpr("*", aliased(is_bad, _BAD))
        bad = F.col(quoted(_BAD))
        if on_error == "reject":
            keep = F.expr(f"NOT {quoted(_BAD)}")
            first = FirstSeen(F.col("value").cast("binary"), F.octet_length("value"), _told(records, parsing))
            wide = rejects.set_aside(wide, keep, lambda: _line_and_reason(parsing), most=max_rejects, first=first)
        else:
            failed = F.when(bad, rejects.fault(_reason(parsing))).cast("string")
            wide = wide.where(F.coalesce(failed, F.lit("")) == "")

    def read(name: str) -> str:
        if name not in parsing.plain:
            return value_of(name)
        return f"CASE WHEN value IS NULL THEN {quoted(parsing.plain[name])} ELSE {value_of(name)} END"

    kept = [aliased(read(name), name) for name in parsing.names if name not in told.values()]
    return Rows(wide.selectExpr(*kept, *[aliased(quoted(place), name) for place, name in told.items()]))


def _told(records: DataFrame, parsing: Parsing) -> Callable[[Sequence[Any]], DataFrame]:
    """Parses records at fault once more, by themselves, to tell why they are."""

    def told(kept: Sequence[Any]) -> DataFrame:
        import pyarrow

        lines = records.sparkSession.createDataFrame(pyarrow.table({"value": pyarrow.array(kept, pyarrow.binary())}))
        read = lines.select(F.col("value").cast("string").alias("value")).select("value", parsing.value.alias(_PARSED))
        line, reason = _line_and_reason(parsing)
        return read.select(line.alias("line"), reason.alias("reason"))

    return told


def _line_and_reason(parsing: Parsing) -> tuple[Column, Column]:
    return F.make_valid_utf8("value"), _reason(parsing)


def _reason(parsing: Parsing) -> Column:
    return F.when(~F.is_valid_utf8("value"), F.lit(NOT_UTF8)).otherwise(parsing.reason())


def misfit(names: Sequence[str], kinds: Sequence[str], given: Column, got: Column) -> Column:
    """Which value does not fit its column; NULL where each does.

    Args:
        names: The columns.
        kinds: What each should hold, for the message.
        given: An array: the text of each column's value; NULL where it has none.
        got: An array of booleans: whether each column got a value.
    """
    columns = F.array(*[F.lit(name) for name in names]), F.array(*[F.lit(kind) for kind in kinds])
    faults = F.filter(
        F.arrays_zip(columns[0].alias("name"), columns[1].alias("kind"), given.alias("text"), got.alias("got")),
        lambda item: item["text"].isNotNull() & ~item["got"],
    )
    texts = F.transform(
        faults,
        lambda item: F.concat(
            F.lit("`"), item["name"], F.lit("`: `"), F.left(item["text"], F.lit(_LONGEST_VALUE)),
            F.lit("` is not of the type "), item["kind"],
        ),
    )  # fmt: skip
    return F.get(texts, F.lit(0))
