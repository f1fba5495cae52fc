"""Writes `docs/expressions.md` from the lists themselves: `python -m functions.expressions.docs`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from functions.expressions import bounds, known_functions, scopes, text
from functions.expressions.checks import DEEPEST_TREE
from functions.expressions.dialect import TYPES

PAGE = Path(__file__).parents[2] / "docs" / "expressions.md"

_INTRODUCTION = """\
# Expressions

Some arguments of steps are Spark SQL text. This page lists what they may hold; it is generated from the lists
that text is checked against (`python -m functions.expressions.docs`). Anything else is refused at submission,
with the place of what is at fault and, where there is one, a near name.

| kind | is |
|---|---|
| expression | a value of each row: columns, literals, operators and functions of one row |
| condition | an expression that is true, false or null |
| aggregate | a value of many rows: every column stands inside an aggregate function |
| window expression | a value of each row that may look at other rows by functions with `OVER (…)` |
| query | one SELECT over tables of the job |

Spark gets text that was written anew from what was checked: names in backticks, no comments. Names of columns
differ by case. `user`, where no column has the name, is to Spark the account that the server runs under.

## Operators

Arithmetic `+ - * / % DIV`, bits `& | ^ ~ << >>`, comparison `= == <> != < <= > >= <=>`, `IS [NOT] DISTINCT FROM`,
`AND OR NOT !`, `IS [NOT] NULL|TRUE|FALSE`, `[NOT] IN`, `[NOT] BETWEEN`, `[NOT] LIKE|ILIKE|RLIKE` (also `ANY` and `ALL`,
`ESCAPE`), `||`, `CASE`, `CAST`, `TRY_CAST`, `::`, `x[i]`, `a.b`, `EXTRACT(… FROM …)`, `x -> …` in the functions
that take one. Literals as in Spark: text in single or double quotes or as `r'…'`, numbers with suffixes, `X'…'`,
`DATE '…'`,
`TIMESTAMP '…'`, `INTERVAL …`. Not taken: placeholders and variables, `a:b.c` (use `variant_get`), hints, names of
arguments, the operator `COLLATE` (use `collate`), `TRIM(… FROM …)` (use `btrim`, `ltrim`, `rtrim`).
"""
_QUERIES = """\
## Queries

`WITH` (not recursive), `SELECT [DISTINCT]`, `* EXCEPT (…)`, joins of all kinds, `LATERAL` subqueries, `LATERAL
VIEW`, `PIVOT`, `UNPIVOT`, `VALUES`, `range(…)`, subqueries, `WHERE`, `GROUP BY` with `ROLLUP`, `CUBE`,
`GROUPING SETS`, `ALL`, `HAVING`, `QUALIFY`, `WINDOW`, `ORDER BY`, `LIMIT`, `OFFSET`, `UNION`, `INTERSECT`,
`EXCEPT`. A table is one name: that of a table of the job or one that `WITH` gives. Not taken: files as tables,
scripts, samples, hints, time travel, `SORT BY` and its like, any other statement.
"""


def page() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION, "Types: " + _names(TYPES.values()) + "\n", "## Functions of one row\n"]
    parts += [
        f"{title[:1].upper()}{title[1:]}: {_names(names.split())}\n" for title, names in known_functions.SCALARS.items()
    ]
    for title, names in (
        ("Aggregate functions", known_functions.AGGREGATES),
        ("Functions of windows", known_functions.WINDOWS),
        ("Functions that make rows (queries only)", known_functions.GENERATORS),
    ):
        parts.append(f"## {title}\n\n{_names(names.split())}\n")
    parts.append(_QUERIES)
    parts.append("## Refused, and why\n\n| function | reason |\n|---|---|")
    parts += [f"| `{name}` | {reason} |" for name, reason in sorted(known_functions.REFUSED.items())]
    return "\n".join([*parts, "", _limits()])


def _limits() -> str:
    rows = {
        "characters of a text": text.LONGEST,
        "words and signs": text.MOST_TOKENS,
        "brackets within brackets": text.DEEPEST,
        "levels of a tree; each sign of `a + b + c` is one": DEEPEST_TREE,
        "tables of a query, names of `WITH` put in": scopes.MOST_TABLES,
        "columns of all `CUBE`s": bounds.WIDEST_CUBE,
        "characters of the pattern of a regular expression, a literal": bounds.LONGEST_PATTERN,
        "width in the format of `format_string` and `format_number`, a literal": bounds.WIDEST_FORMAT,
        "what the counts of all repeating functions come to when multiplied": bounds.MOST_REPEATS,
    }
    table = "\n".join(f"| {what} | {most:,} |" for what, most in rows.items())
    repeating = _names([*bounds.REPEATING, "sequence", "range"])
    numbers = [
        f"- argument {place + 1} of `{name}`: {least:,} to {greatest:,}"
        for name, place, least, greatest in bounds.NUMBERS
    ]
    return (
        f"## Bounds\n\n| what | at most |\n|---|---|\n{table}\n\n"
        f"Functions that repeat take their counts written out as numbers; `sequence` also takes dates:\n{repeating}\n\n"
        "`stack` makes at most as many rows as it is given values. Written out as numbers, too, and bounded, are:\n\n"
        + "\n".join(numbers)
        + "\n"
    )


def _names(names: Iterable[str]) -> str:
    unique = sorted(set(names))
    return textwrap.fill(" ".join(f"`{name}`" for name in unique), 118)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")
