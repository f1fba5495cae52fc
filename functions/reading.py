"""Reading schema-free values: the text and the kind of each, worked out once.

Spark merges projections, and so repeats in each place what is used in several, unless something slow is used more
than once: then it leaves them apart. So what formatters and files look at is made in projections that build on one
another. Those parts that nobody looks at are never worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions import strings


@dataclass(frozen=True)
class Value:
    """A value as formatters see it; each part is NULL where there is no value."""

    #: The value itself: VARIANT.
    variant: Column
    #: A string as it is, anything else in its JSON form.
    text: Column
    #: The text without white space at its ends; it may be empty.
    trimmed: Column
    #: Spark's type of it, such as STRING, BIGINT, DECIMAL(3,2), DOUBLE, BOOLEAN, OBJECT<…>, ARRAY<…>.
    kind: Column


def read(frame: DataFrame, columns: Mapping[str, Column]) -> tuple[DataFrame, dict[str, Value]]:
    """Reads some VARIANT columns.

    Args:
        frame: The rows.
        columns: The columns by name; SQL NULL means no value.

    Returns:
        The frame with further columns, and what stands in them by name.
    """
    names = {name: f"read:{place}" for place, name in enumerate(columns)}
    if not names:
        return frame, {}

    def column(part: str, name: str) -> Column:
        return F.col(f"`{names[name]}:{part}`")

    def added(rows: DataFrame, **parts: Mapping[str, Column]) -> DataFrame:
        made = {f"{names[name]}:{part}": found for part, by_name in parts.items() for name, found in by_name.items()}
        return rows.withColumns(made)

    frame = added(frame, variant=columns)
    variants = {name: column("variant", name) for name in names}
    frame = added(frame, plain={name: F.try_variant_get(found, "$", "string") for name, found in variants.items()})
    frame = added(
        frame,
        text={name: _text(column("plain", name), found) for name, found in variants.items()},
        kind={name: F.schema_of_variant(found) for name, found in variants.items()},
    )
    frame = added(frame, trimmed={name: strings.stripped(column("text", name)) for name in names})
    return frame, {
        name: Value(found, column("text", name), column("trimmed", name), column("kind", name))
        for name, found in variants.items()
    }


def _text(plain: Column, variant: Column) -> Column:
    """Spark's text of a VARIANT, put right where it reads badly.

    Spark drops the zeros of a decimal, so 12.0 would read 12 and look like an integer; the type still tells them
    apart, and `.0` is put back (up to 63 bits, beyond which integers are decimals too). Floats from 0.0001 up to
    10 000 000 000 000 000 are written without an exponent, as Python does.
    """
    kind = F.schema_of_variant(variant)
    size = F.abs(plain.try_cast("double"))
    written_out = F.regexp_replace(plain.try_cast("decimal(38,20)").cast("string"), r"(\.[0-9]+?)0+\z", "$1")
    is_whole = ~plain.contains(".") & plain.try_cast("bigint").isNotNull()
    number = (
        F.when(kind.startswith("DECIMAL") & is_whole, F.concat(plain, F.lit(".0")))
        .when((kind == "DOUBLE") & plain.contains("E") & (size >= 1e-4) & (size < 1e16), written_out)
        .otherwise(plain)
    )
    # Every number begins with a digit or a minus, which stand before the colon; so most else is passed by quickly.
    return F.when(plain < ":", number).otherwise(plain)
