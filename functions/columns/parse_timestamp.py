"""Times written as text."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.arguments.column_types import text_columns
from functions.arguments.datetime_patterns import AnyPatterns, TimeZone, check_patterns, check_zone, has_zone
from functions.arguments.targets import Columns, NewNames, mapped
from functions.catalog import function
from functions.records.bad_records import Conversion, MaxRejects, OnError, convert
from functions.records.rejects import Rejects
from functions.workspace import Rows

#: How a text as in ISO 8601 ends that says its time zone: letters or a sign behind the minutes.
_ZONED = r":[0-9]{1,2}(\.[0-9]*)?\s*[A-Za-z+-]"

#: How it begins; Spark would read a time without a day as one of today.
_DATED = r"^\s*[+-]?[0-9]{4,6}(-|\s*$)"


@function
def parse_timestamp(
    rows: Rows,
    columns: Columns,
    format: AnyPatterns = None,  # noqa: A002 - the step's argument
    timezone: TimeZone = "UTC",
    to: NewNames = None,
    on_error: OnError = "reject",
    max_rejects: MaxRejects = None,
    *,
    rejects: Rejects,
) -> Rows:
    """Read moments (date and time) that are written as text.

    A text that fits no format, or names no real time, is at fault; null stays null. Spaces at the ends do not matter.
    Results are moments, shown in UTC, to the microsecond. An hour that a change of clocks leaves out moves on by an
    hour; of one that comes twice the first counts.

    Args:
        columns: The columns of text: one, or a list.
        format: How the times are written, in Spark's letters (`dd.MM.yyyy HH:mm`), or a list of formats, of which the
            first that fits counts; null: as in ISO 8601, such as `2024-02-29T12:30:00.5+01:00` or `2024-02-29 12:30`.
        timezone: The time zone of texts that say none: a name such as `Europe/Berlin`, or an offset such as `+02:00`.
        to: What to call the new columns, one for each of `columns`; null: the columns are changed in place.
        on_error: What becomes of a row with a text at fault: set aside (`reject`), kept with null in its place
            (`null`), or the end of the job (`fail`).
        max_rejects: How many rows may be set aside before the job fails: a count, or a share below 1; null: any number.

    Example:
        ["load_rows", [{"at": "29.02.2024 12:30"}]]
        ["parse_timestamp", "at", "dd.MM.yyyy HH:mm", "Europe/Berlin"]
    """
    texts = text_columns(rows, columns, "parse_timestamp")
    if format is not None:
        check_patterns(rows.frame.sparkSession, format)
    if timezone != "UTC":
        check_zone(rows.frame.sparkSession, timezone)
    made = mapped(texts, to, _reader(format, timezone))
    wanted = f"a time written {' or '.join(format)}" if format else "a time written as in ISO 8601"
    conversions = {
        name: Conversion(value, [source], wanted) for (name, value), source in zip(made.items(), texts, strict=True)
    }
    return convert(rows, conversions, on_error, max_rejects, rejects=rejects)


def _reader(patterns: list[str] | None, timezone: str) -> Callable[[Column], Column]:
    # The session's own zone is UTC: what says no zone was read as if it were there.
    def moved(moment: Column) -> Column:
        return moment if timezone == "UTC" else F.to_utc_timestamp(moment, timezone)

    def read(text: Column) -> Column:
        if patterns is None:
            moment = F.when(text.rlike(_DATED), text.try_cast("timestamp"))
            return moment if timezone == "UTC" else F.when(text.rlike(_ZONED), moment).otherwise(moved(moment))
        moments = [(F.try_to_timestamp(F.trim(text), F.lit(pattern)), has_zone(pattern)) for pattern in patterns]
        return F.coalesce(*[moment if is_zoned else moved(moment) for moment, is_zoned in moments])

    return read
