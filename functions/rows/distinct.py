"""Each row once."""

from __future__ import annotations

from pyspark.sql import functions as F

from functions.arguments.ordering import comparable
from functions.catalog import function
from functions.workspace import Frame, Rows, unused_name


@function
def distinct(frame: Frame) -> Frame:
    """Keep each row once; rows come in no settled order.

    Nulls are equal to one another, and so are NaNs; text is compared to the letter. Objects are compared by their
    JSON text, in which keys are sorted: `1` and `1.0` differ, the order of keys does not matter. A map or a VARIANT
    among the columns is refused, since its values cannot be compared.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}, {"id": 1, "name": "Ada"}, {"id": 2, "name": null}]]
        ["distinct"]
    """
    if isinstance(frame, Rows):
        comparable(frame, frame.columns, argument=None)
        return frame.changed(frame.frame.distinct())
    name = unused_name(frame.frame.columns, "json")
    return frame.changed(frame.frame.withColumn(name, frame.json()).dropDuplicates([name]).drop(F.col(name)))
