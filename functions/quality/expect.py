"""What the data is to be like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pyspark.sql import functions as F

from functions.arguments.expectations import Check, row_checks
from functions.catalog import function
from functions.records.bad_records import MaxRejects
from functions.records.rejects import Fate, Rejects
from functions.workspace import Rows, Tables, quoted

_FATES = {"fail": Fate.FAIL, "warn": Fate.WARN, "quarantine": Fate.REJECT}


@function
def expect(
    rows: Rows,
    checks: Annotated[list[Check], Field(min_length=1, max_length=1000)],
    on_failure: Literal["fail", "warn", "quarantine"] = "fail",
    max_rejects: MaxRejects = None,
    *,
    tables: Tables,
    rejects: Rejects,
) -> Rows:
    """Check that the data is as it should be.

    With `fail` and `warn` all rows are checked, also those that no other step reads; with `quarantine` those that pass.
    The job's record shows for the step how many rows were read, and how many were set aside (`rejected`) or let pass
    (`warned`).

    Args:
        checks: What every row is to meet: `{"check": "not_null", "column": "id"}`, `{"check": "unique", "columns":
            ["id"]}`, `{"check": "between", "column": "age", "min": 0, "max": 150}`, `{"check": "in_set", "column":
            "kind", "values": ["a", "b"]}`, `{"check": "matches", "column": "code", "pattern": "[A-Z]{3}"}` (the whole
            text), `{"check": "referential", "column": "city", "table": "cities", "to": "id"}`, `{"check": "condition",
            "expression": "start <= end"}`; and all rows together: `{"check": "row_count", "min": 1, "max": 1000}`. Null
            meets every check but not_null.
        on_failure: What becomes of rows that do not: `fail` ends the job before anything is published, `warn` counts
            them, `quarantine` sets them aside with the reason (a wrong `row_count` then ends the job).
        max_rejects: With `quarantine`, how many rows may be set aside before the job fails: a count, or a share below
            1; null: any number.

    Example:
        ["load_rows", [{"id": 1, "age": 36}, {"id": 2, "age": 212}]]
        ["expect", [{"check": "unique", "columns": ["id"]}, {"check": "between", "column": "age", "max": 150}], "warn"]
    """
    fate = _FATES[on_failure]
    for place, check in enumerate(checks):
        if check.check == "row_count":
            of_all = Fate.WARN if fate is Fate.WARN else Fate.FAIL
            rows = Rows(rejects.expect_rows(rows.frame, check.least, check.most, of_all, check=place))
    wide, faults = row_checks(rows, tables, checks)
    if not faults:
        return rows
    reason = F.coalesce(*faults.values())
    kept = rejects.set_aside(
        wide, reason.isNull(), lambda: (rows.json(), reason), most=max_rejects, fate=fate, checks=faults
    )
    return Rows(kept.selectExpr(*map(quoted, rows.columns)))
