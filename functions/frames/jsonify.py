"""Parsing lines as JSON."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.catalog import function
from functions.records.bad_records import MaxRejects, OnError
from functions.records.rejects import Rejects, SetAside
from functions.storage.reading.json_lines import REJECTED, JsonReader, RejectedReader
from functions.storage.reading.shape import Shape
from functions.storage.reading.source import load
from functions.storage.reading.text import TextInput
from functions.workspace import Lines, Objects, PartsSource

#: Does with rows what is to be done with them, of which a column tells whether they are JSON.
Watch = Callable[[DataFrame, Column], DataFrame]

_REASON = "not JSON"
_BYTE_ORDER_MARK = "\ufeff"


@function
def jsonify(lines: Lines, on_error: OnError = "reject", max_rejects: MaxRejects = None, *, rejects: Rejects) -> Objects:
    """Parse each line as JSON.

    A line that is not one JSON value, an empty line among them, is at fault: it is set aside, counted, and readable as
    the job's rejects, unless said otherwise. Of a key that stands twice in an object the last value counts. Integers
    and decimals of up to 38 digits stay exact; larger ones, and numbers with an exponent, become 64-bit floats. Lists
    and objects may be nested 999 deep, and a number may have 1,000 digits. A number beyond the range of floats becomes
    the text Infinity. Half a pair of surrogates, written as an escape, is not JSON; bytes that are no UTF-8 are read as
    U+FFFD, and a byte order mark before a line is dropped.

    Args:
        on_error: What becomes of a line at fault: set aside (`reject`), kept as a JSON null (`null`), or the end of the
            job (`fail`).
        max_rejects: How many lines may be set aside before the job fails: a count, or a share below 1; null: any
            number.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
    """
    # Spark's parser stops at the end of the first value and ignores what follows it. So the line becomes the first
    # element of a list whose second is a word that no line can know: only then was the line one whole value.
    word = uuid4().hex
    parsed = lines.frame.select("value", _parsed(F.col("value"), word).alias("parsed"))
    whole = F.try_variant_get("parsed", "$[1]", "string").eqNullSafe(F.lit(word))
    found = parsed.select("value", F.when(whole, F.try_variant_get("parsed", "$[0]", "variant")).alias("object"))
    is_json = F.col("object").isNotNull()
    if on_error == "null":
        kept = found.select("value", F.coalesce("object", F.parse_json(F.lit("null"))).alias("object"))
        return Objects(kept, source=_parts_source(lines.text_input, lambda rows, _: rows))
    if on_error == "fail":
        fails = _fails(rejects)
        return Objects(fails(found, is_json), source=_parts_source(lines.text_input, fails))
    kept = rejects.set_aside(
        found,
        is_json,
        lambda: (F.col("value"), _REASON),
        records=_rejected(lines.text_input),
        most=max_rejects,
    )
    return Objects(kept, source=_parts_source(lines.text_input, _counted_once(rejects.sets[-1])))


def _fails(rejects: Rejects) -> Watch:
    """Ends the job at what is not JSON."""
    # Made now, while it names this step.
    failed = rejects.fault(F.lit(_REASON)).cast("string")
    return lambda rows, is_json: rows.where(F.coalesce(F.when(~is_json, failed), F.lit("")) == "")


def _counted_once(aside: SetAside) -> Watch:
    """Sets aside what is not JSON, and counts it where it is read for the first time."""
    has_counted = False

    def watched(rows: DataFrame, is_json: Column) -> DataFrame:
        nonlocal has_counted
        if has_counted:
            return rows.where(is_json)
        has_counted = True
        return aside.watch(rows, is_json)

    return watched


def _rejected(given: TextInput | None) -> Callable[[], DataFrame] | None:
    """Reads just the lines that are not JSON."""
    if given is None:
        return None

    def records() -> DataFrame:
        lines = load(given.session, RejectedReader.SCHEMA, RejectedReader(given.connection, given.tasks))
        return lines.withColumn("reason", F.lit(_REASON))

    return records


def _parts_source(given: TextInput | None, watch: Watch) -> PartsSource | None:
    """Reads the same lines again, and of their objects only the parts that a table needs."""
    if given is None:
        return None

    def frame(shape: Shape) -> DataFrame:
        reader = JsonReader(given.connection, given.tasks, shape)
        return watch(load(given.session, reader.schema, reader), F.col(REJECTED).isNull())

    return frame


def _parsed(line: Column, word: str) -> Column:
    text = F.when(line.startswith(_BYTE_ORDER_MARK), F.substring(line, 2, 2**31 - 1)).otherwise(line)
    return F.try_parse_json(F.concat(F.lit("["), text, F.lit(f',"{word}"]')))
