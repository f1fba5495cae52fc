"""Rows of records of text: what fits is kept, the rest set aside with the reason and the record itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.bad_records import OnError
from functions.constants import text_literal
from functions.rejects import Rejects
from functions.workspace import Rows, aliased, quoted

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
    #: Makes what is wrong with a record, of those at fault alone; of a record and what was read of it.
    reason: Callable[[], Column]
    #: Whether a record is at fault although it could be parsed, in SQL; never NULL.
    suspect: str | None = None
    #: The fields are in the field of this name, which is NULL where the record is no such thing.
    within: str | None = None


def parsed() -> Column:
    """What was read of a record, for `Parsing.reason`."""
    return F.col(quoted(_PARSED))


def field(name: str) -> str:
    """A field of what was read of a record, in SQL, for `Parsing.suspect`."""
    return f"{quoted(_PARSED)}[{text_literal(name)}]"


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
        records: A string column, `value`, and the columns of `told`.
        told: Columns that are kept as they are, behind the others; a field of the records of such a name is not kept.
        parsing: How records become rows.
        on_error: What becomes of a record at fault.
        max_rejects: How many records may be set aside.
        rejects: Takes them.
    """
    beside = {f"told:{place}": name for place, name in enumerate(told)}
    wide = records.select(
        "value", *[F.expr(aliased(quoted(name), place)) for place, name in beside.items()], parsing.value.alias(_PARSED)
    )
    fields = quoted(_PARSED) if parsing.within is None else field(parsing.within)
    if on_error != "null":
        suspect = f" OR {parsing.suspect}" if parsing.suspect is not None else ""
        is_bad = f"{field(CORRUPT)} IS NOT NULL OR {fields} IS NULL OR NOT is_valid_utf8(value){suspect}"
        wide = wide.selectExpr("*", aliased(is_bad, _BAD))
        bad = F.col(quoted(_BAD))
        if on_error == "reject":
            keep = F.expr(f"NOT {quoted(_BAD)}")
            wide = rejects.set_aside(
                wide, keep, lambda: (F.make_valid_utf8("value"), _reason(parsing)), most=max_rejects
            )
        else:
            failed = F.when(bad, rejects.fault(_reason(parsing))).cast("string")
            wide = wide.where(F.coalesce(failed, F.lit("")) == "")
    kept = [aliased(f"{fields}[{text_literal(name)}]", name) for name in parsing.names if name not in told]
    return Rows(wide.selectExpr(*kept, *[aliased(quoted(place), name) for place, name in beside.items()]))


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
