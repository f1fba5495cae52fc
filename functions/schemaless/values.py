"""Schema-free values as Spark VARIANT columns: reading, testing and writing them.

The one rule: absent and null are the same, and both are SQL NULL here. A VARIANT that holds JSON null goes
no further than the projection that read it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from functions.constants import JSON_TIMES


def nothing() -> Column:
    """No value."""
    return F.lit(None).cast("variant")


def literal(value: object) -> Column:
    """A JSON value, the same in every row."""
    return not_null(F.parse_json(F.lit(json.dumps(value, ensure_ascii=False))))


def of_typed(column: Column) -> Column:
    """The values of a typed column, as JSON has them: dates, times and binary data are text; NaN is the text NaN."""
    text = F.to_json(F.struct(column.alias("value")), JSON_TIMES)
    value = F.try_variant_get(F.parse_json(text), "$.value", "variant")
    return not_null(value)


def not_null(value: Column) -> Column:
    """JSON null → SQL NULL."""
    return F.when(~F.is_variant_null(value), value)


def get(value: Column, path: Sequence[str]) -> Column:
    """The value at a path of keys inside a VARIANT; NULL where a key is missing or a step on the way is no object."""
    return not_null(raw(value, path))


def raw(value: Column, path: Sequence[str]) -> Column:
    """As `get`, but JSON null stays. For use in two projections: `not_null` reads its argument twice."""
    found = value
    text = "$"
    for key in path:
        if "'" in key and '"' in key:  # Spark's path syntax has no escape, so such a key is looked up in a map
            found = F.try_variant_get(found, text, "map<string,variant>")[key]
            text = "$"
        else:
            text += f'["{key}"]' if "'" in key else f"['{key}']"
    return found if text == "$" else F.try_variant_get(found, text, "variant")


def is_object(value: Column) -> Column:
    """Whether a VARIANT holds a JSON object. A cast to an empty struct looks at the type and reads no field."""
    return F.try_variant_get(value, "$", "struct<>").isNotNull()


def elements(value: Column) -> Column:
    """The elements of a JSON list (array of VARIANT); NULL where the value is no list."""
    return F.try_variant_get(value, "$", "array<variant>")


def keys(value: Column) -> Column:
    """The keys of a JSON object (array of strings) whose values are not null; NULL where the value is no object."""
    fields = F.try_variant_get(value, "$", "map<string,variant>")
    return F.map_keys(F.map_filter(fields, lambda _, field: ~F.is_variant_null(field)))
