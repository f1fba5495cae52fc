"""SQL texts of constants, and what Spark makes of expressions of them; nothing of the data is looked at."""

from __future__ import annotations

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession


def text_literal(text: str) -> str:
    """A text as SQL has it, whatever characters it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def error_of(session: SparkSession, expression: str) -> PySparkException | None:
    """What happens where an expression of constants is worked out; None where all goes well.

    Args:
        session: The job's session.
        expression: In SQL; or several, with commas between them.
    """
    try:
        # Spark works out the rows of VALUES as it reads them, without a job of some forty milliseconds.
        session.sql(f"VALUES ({expression})")
    except (PySparkException, Py4JError):
        try:
            session.sql(f"SELECT {expression}").head()  # which says why
        except PySparkException as error:
            return error
    return None
