"""What flows between the steps of a job: the current frame, the named tables, the collected rows.

Everything here is lazy: a value holds a Spark plan, never rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.table import Table


@dataclass(frozen=True)
class Frame:
    """The job's current frame (the original's RDD); either lines or objects."""

    frame: DataFrame

    def text(self) -> Column:
        """Each row as one line of text: lines as they are, objects as JSON."""
        raise TypeError(f"{type(self).__name__} has no text form")

    def json(self) -> Column:
        """Each row as JSON text: a line as a JSON string, an object as it is."""
        raise TypeError(f"{type(self).__name__} has no JSON form")


@dataclass(frozen=True)
class Lines(Frame):
    """Lines of text; the frame has one column, `value` (string, never null)."""

    def text(self) -> Column:
        """The line."""
        return F.col("value")

    def json(self) -> Column:
        """The line as a JSON string."""
        return F.to_json(F.col("value").cast("variant"))


@dataclass(frozen=True)
class Objects(Frame):
    """Schema-free JSON values.

    Before `split_into_tables` the frame has one VARIANT column, `object`, and `parts` is None. After it,
    `parts` names the fields of each table, and the column `part_column(table, field)` holds each value.
    """

    parts: Mapping[str, tuple[str, ...]] | None = None

    @staticmethod
    def part_column(table: str, field_name: str) -> str:
        """The frame's column for a field of a table; the length keeps two pairs of names apart."""
        return f"part:{len(table)}:{table}:{field_name}"

    def json(self) -> Column:
        """The object as JSON text; keys in the order of their names, as Spark keeps them."""
        if self.parts is None:
            return F.to_json(F.col("object"))
        tables = [
            F.struct(
                *[F.col(quoted(self.part_column(table, name))).alias(name) for name in fields]
                or [F.lit(None).cast("string").alias("")]
            ).alias(table)
            for table, fields in self.parts.items()
        ]
        return F.to_json(F.struct(*tables), {"ignoreNullFields": "false"})

    def text(self) -> Column:
        """The object as JSON text."""
        return self.json()


@dataclass(frozen=True)
class Tables:
    """The job's named tables."""

    tables: Mapping[str, Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """Rows to be collected as the job's result.

    `rows` has one string column, `row`: each row as JSON text. `amount` bounds how many are wanted; None
    means all, up to the server's result limit.
    """

    rows: DataFrame
    amount: int | None = None


@dataclass(frozen=True)
class Workspace:
    """All that the steps of one job have produced so far."""

    frame: Frame | None = None
    tables: Tables | None = None
    dataset: Dataset | None = None


def quoted(name: str) -> str:
    """A column name as Spark reads it back to the letter, whatever characters it holds."""
    return "`" + name.replace("`", "``") + "`"
