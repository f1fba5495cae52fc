"""Rows of records of text: what fits is kept, the rest set aside with the reason and the record itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import AtomicType, DataType

from functions.constants import text_literal
from functions.records import infinity
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
_TEXTS = "parsed:texts"
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
    #: The types of columns that have floats: a number too large for them is at fault.
    floats: Mapping[str, DataType] = field(default_factory=dict)
    #: In SQL: a struct with the texts of those columns of `floats` that have one, where infinity may be written by its
    #: name and be meant; None: it cannot.
    texts: str | None = None

    def value_of(self, name: str) -> str:
        """A column's value in what was read, in SQL."""
        return self.within[0](name) if self.within is not None else read_field(name)

    def is_infinite(self, name: str) -> str:
        """Whether a column of `floats` holds infinity, in SQL; never NULL."""
        return f"coalesce({infinity.is_in(self.value_of(name), self.floats[name])}, FALSE)"

    def is_too_large(self, name: str) -> str:
        """Whether it holds infinity that nobody wrote, in SQL, of a frame with the column of `texts`; never NULL."""
        if self.texts is None:
            return self.is_infinite(name)
        if isinstance(self.floats[name], AtomicType):
            text = f"{quoted(_TEXTS)}[{text_literal(name)}]"
            spelled = f"coalesce(lower(trim({text})) RLIKE {text_literal(infinity.SPELLED)}, FALSE)"
        else:
            spelled = f"value RLIKE {text_literal(infinity.SPELLED_WITHIN)}"
        return f"({self.is_infinite(name)} AND NOT {spelled})"

    def forgiven(self, name: str) -> str:
        """A column's value with null in the place of numbers that are too large, in SQL."""
        value = self.value_of(name)
        if name not in self.floats:
            return value
        fitted = infinity.without(value, self.floats[name])
        return f"CASE WHEN {self.is_too_large(name)} THEN {fitted} ELSE {value} END"


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
    wide = _read(records, parsing, [*map(quoted, told), *map(quoted, parsing.plain.values())])
    value_of = parsing.forgiven if on_error == "null" else parsing.value_of
    if on_error != "null":
        wide = wide.selectExpr("*", aliased(_is_bad(parsing), _BAD))
        bad = F.col(quoted(_BAD))
        if on_error == "reject":
            keep = F.expr(f"NOT {quoted(_BAD)}")
            first = FirstSeen(F.col("value").cast("binary"), F.octet_length("value"), _told(records, parsing))
            wide = rejects.set_aside(wide, keep, lambda: _line_and_reason(parsing), most=max_rejects, first=first)
        else:
            failed = F.when(bad, rejects.fault(_reason(parsing), F.col("value"))).cast("string")
            wide = wide.where(F.coalesce(failed, F.lit("")) == "")

    def read(name: str) -> str:
        if name not in parsing.plain:
            return value_of(name)
        return f"CASE WHEN value IS NULL THEN {quoted(parsing.plain[name])} ELSE {value_of(name)} END"

    kept = [aliased(read(name), name) for name in parsing.names if name not in told.values()]
    return Rows(wide.selectExpr(*kept, *[aliased(quoted(place), name) for place, name in told.items()]))


def _read(records: DataFrame, parsing: Parsing, beside: Sequence[str]) -> DataFrame:
    """The records with what was read of them, and some other columns."""
    wide = records.select("value", *beside, parsing.value.alias(_PARSED))
    if parsing.floats and parsing.texts is not None:
        is_any = " OR ".join(map(parsing.is_infinite, parsing.floats))
        wide = wide.selectExpr("*", aliased(f"CASE WHEN {is_any} THEN {parsing.texts} END", _TEXTS))
    return wide


def _told(records: DataFrame, parsing: Parsing) -> Callable[[Sequence[Any]], DataFrame]:
    """Parses records at fault once more, by themselves, to tell why they are."""

    def told(kept: Sequence[Any]) -> DataFrame:
        import pyarrow

        lines = records.sparkSession.createDataFrame(pyarrow.table({"value": pyarrow.array(kept, pyarrow.binary())}))
        read = _read(lines.select(F.col("value").cast("string").alias("value")), parsing, [])
        line, reason = _line_and_reason(parsing)
        return read.select(line.alias("line"), reason.alias("reason"))

    return told


def _line_and_reason(parsing: Parsing) -> tuple[Column, Column]:
    return F.make_valid_utf8("value"), _reason(parsing)


def _is_bad(parsing: Parsing) -> str:
    """Whether a record is at fault, in SQL."""
    is_none = parsing.within[1] if parsing.within else f"{read_field(CORRUPT)} IS NOT NULL OR {_WHOLE} IS NULL"
    suspects = [parsing.suspect] if parsing.suspect is not None else []
    suspects += [parsing.is_too_large(name) for name in parsing.floats]
    found = " OR ".join([is_none, "NOT is_valid_utf8(value)", *suspects])
    return f"value IS NOT NULL AND ({found})" if parsing.plain else found


def _reason(parsing: Parsing) -> Column:
    found = F.when(~F.is_valid_utf8("value"), F.lit(NOT_UTF8))
    for name, kind in parsing.floats.items():
        shown = kind.simpleString()[:_LONGEST_VALUE]
        told = (
            f"`{name}`: a number is too large for the type {shown.upper() if isinstance(kind, AtomicType) else shown}"
        )
        found = found.when(F.expr(parsing.is_too_large(name)), F.lit(told))
    return found.otherwise(parsing.reason())


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
    texts = F.transform(faults, lambda item: not_of_type(item["name"], item["kind"], item["text"]))
    return F.get(texts, F.lit(0))


def not_of_type(name: Column, kind: Column, text: Column) -> Column:
    """What to tell of a value that does not fit its column; NULL where the text is."""
    shown = F.left(text, F.lit(_LONGEST_VALUE))
    return F.concat(F.lit("`"), name, F.lit("`: `"), shown, F.lit("` is not of the type "), kind)
