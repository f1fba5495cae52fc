"""SQL texts of constants, and what Spark makes of expressions of them; nothing of the data is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

#: How `to_json` is told to write times: to the microsecond, as they are held. Spark's own form ends at the millisecond,
#: so that two times would be one text.
JSON_TIMES = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS[XXX]",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


def text_literal(text: str) -> str:
    """A text as SQL has it, whatever characters it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def options_literal(options: Mapping[str, str]) -> str:
    """The options of a function such as `from_csv`, as SQL has them."""
    return f"map({', '.join(text_literal(text) for option in options.items() for text in option)})"


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
