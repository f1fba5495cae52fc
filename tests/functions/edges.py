"""Which edges each function of the catalog is tried at, and why the others do not apply.

A function is tried at an edge where a table that a test goes through holds it. `test_edges.py` fails for a function of
`GROUPS` and an edge with neither that nor a reason here.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The groups of functions whose edges are asked for.
GROUPS = {"columns", "rows", "relations", "quality", "control"}
EMPTY, NULLS, MISSING, TYPES, UNICODE, DUPLICATES, NESTED = EDGES = (
    "empty input",
    "nulls",
    "missing columns",
    "wrong types",
    "unicode",
    "duplicate names",
    "nested data",
)


def _because(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


_NO_COLUMN = _because(
    "takes no column", "distinct limit sample cache checkpoint coalesce name_table use_table drop_table"
)
#: By edge, why it does not apply to a function.
REASONS: Mapping[str, Mapping[str, str]] = {
    MISSING: _NO_COLUMN
    | _because("columns are those of both sides; `wrong types` tries sides that differ", "union intersect subtract"),
    TYPES: {name: reason for name, reason in _NO_COLUMN.items() if name != "distinct"}
    | _because("takes columns of any type", "select drop rename drop_nulls to_json_column format"),
    DUPLICATES: _because("makes no column", "distinct filter limit sample cache checkpoint coalesce expect drop_nulls")
    | _because("changes columns in place, each named once as a key", "cast fill_nulls format replace_values")
    | _because("gives rows as they are", "name_table use_table drop_table")
    | _because("columns belong together by their names", "union intersect subtract")
    | _because("gives `word` and `count` alone", "word_count"),
}
