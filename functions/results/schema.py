"""The columns as the job's result."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from functions.catalog import function
from functions.workspace import Dataset, Rows


@function
def schema(rows: Rows, *, session: SparkSession) -> Dataset:
    """Tell the columns in their order: one row `{"name", "type", "nullable"}` each. Reads no data.

    Example:
        ["load_rows", [{"id": 1, "name": "Ada"}]]
        ["schema"]
    """
    columns = [(field.name, field.dataType.simpleString(), field.nullable) for field in rows.frame.schema]
    frame = session.createDataFrame(columns, "name string, type string, nullable boolean").coalesce(1)
    return Dataset(frame.select(F.to_json(F.struct("name", "type", "nullable")).alias("row")))
