"""Spark's own complaints about a plan, as errors of the step that made it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from pyspark.errors import AnalysisException, ParseException

from functions.errors import StepFailed
from functions.names import named, near
from functions.workspace import Rows

_LONGEST = 500


@contextmanager
def explained(argument: str, columns: Collection[str] = ()) -> Iterator[None]:
    """Turns what Spark finds wrong with a plan into StepFailed.

    Args:
        argument: The step's argument that the plan was made of.
        columns: The columns that it may name, for near names.

    Raises:
        StepFailed: When Spark finds something.
    """
    try:
        yield
    except (AnalysisException, ParseException) as error:
        wanted = (error.getMessageParameters() or {}).get("objectName")
        if (error.getCondition() or "").startswith("UNRESOLVED_COLUMN") and wanted:
            name = wanted.split("`")[-2] if "`" in wanted else wanted
            raise missing_column(name, columns, argument) from error
        raise StepFailed(_short(str(error)), argument=argument) from error


def missing_column(name: str, columns: Collection[str], argument: str) -> StepFailed:
    """The error for a column that is not there."""
    return StepFailed(
        f"there is no column `{name[:100]}` (columns here: {named(columns)})",
        argument=argument,
        hint=near(name, columns),
    )


def check_columns(rows: Rows, names: Iterable[str], *, argument: str) -> None:
    """Makes sure that the columns that an expression reads are there.

    Raises:
        StepFailed: When one is not.
    """
    for name in sorted(names):
        if name not in rows.columns:
            raise missing_column(name, rows.columns, argument)


def _short(text: str) -> str:
    """Without the name of Spark's error class, its SQL state, and the plan behind it."""
    first = re.split(r"\s*SQLSTATE:|;?\s*line \d+,? pos", text, maxsplit=1)[0]
    return re.sub(r"^\[[\w.]+\]\s*", "", first.strip())[:_LONGEST]
