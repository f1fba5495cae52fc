"""Rows of records of text: what fits is kept, the rest set aside with the reason and the record itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.bad_records import OnError
from functions.rejects import Rejects
from functions.workspace import Rows, quoted

#: The field in which Spark's parsers put a record that is not as it should be.
CORRUPT = "corrupt:record"
NOT_UTF8 = "not UTF-8 text"
_PARSED = "parsed:record"
_BAD = "parsed:bad"
_LONGEST_VALUE = 100


@dataclass(frozen=True)
class Parsing:
    """How records become rows; all columns are of a frame with the column `value`, a record each."""

    #: A struct with the fields of `names` and `CORRUPT`, or NULL.
    value: Column
    #: The columns to keep, in order.
    names: Sequence[str]
    #: What is wrong with a record, of those at fault alone; of a record and what was read of it.
    reason: Column
    #: Whether a record is at fault although it could be parsed; never NULL.
    suspect: Column | None = None
    #: The value of each column in `parsed`, and whether the record is no such thing (never NULL); None: `parsed` holds
    #: the fields itself.
    within: tuple[Callable[[str], Column], Column] | None = None
    #: Columns of the frame that hold what was read of records already, whose `value` is NULL then; by `names`.
    plain: Mapping[str, str] = field(default_factory=dict)


def parsed() -> Column:
    """What was read of a record, for `Parsing.reason`."""
    return F.col(quoted(_PARSED))


def rows_of(
    records: DataFrame,
    told: Sequence[str],
    parsing: Parsing,
    on_error: OnError,
    max_rejects: float | None,
    *,
    rejects: Rejects,
) -> Rows:
    """The rows of some records.

    Args:
        records: A string column, `value`, and the columns of `told` and of `parsing.plain`.
        told: Columns that are kept as they are, behind the others; a field of the records of such a name is not kept.
        parsing: How records become rows.
        on_error: What becomes of a record at fault.
        max_rejects: How many records may be set aside.
        rejects: Takes them.
    """
    beside = {f"told:{place}": name for place, name in enumerate(told)}
    wide = records.select(
        "value",
        *[F.col(quoted(name)).alias(place) for place, name in beside.items()],
        *map(quoted, parsing.plain.values()),
        parsing.value.alias(_PARSED),
    )
    field_of, is_none = parsing.within or (parsed().getItem, parsed()[CORRUPT].isNotNull() | parsed().isNull())
    is_bad = is_none | ~F.is_valid_utf8("value")
    if parsing.suspect is not None:
        is_bad = is_bad | parsing.suspect
    if parsing.plain:
        is_bad = F.col("value").isNotNull() & is_bad
    if on_error != "null":
        wide = wide.withColumn(_BAD, is_bad)
        bad = F.col(quoted(_BAD))
        reason = F.when(~F.is_valid_utf8("value"), F.lit(NOT_UTF8)).otherwise(parsing.reason)
        line = F.make_valid_utf8("value")
        if on_error == "reject":
            wide = rejects.set_aside(wide, ~bad, line, reason, most=max_rejects)
        else:
            failed = F.when(bad, rejects.fault(reason)).cast("string")
            wide = wide.where(F.coalesce(failed, F.lit("")) == "")

    def read(name: str) -> Column:
        if name not in parsing.plain:
            return field_of(name)
        return F.when(F.col("value").isNull(), F.col(quoted(parsing.plain[name]))).otherwise(field_of(name))

    kept = [read(name).alias(name) for name in parsing.names if name not in told]
    return Rows(wide.select(*kept, *[F.col(quoted(place)).alias(name) for place, name in beside.items()]))


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
