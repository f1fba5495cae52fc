"""Expressions that people write, over the columns of `COLUMNS`; each must be admitted and mean the same to Spark."""

from __future__ import annotations

from tests.expressions.benign.aggregates import AGGREGATES
from tests.expressions.benign.nested import NESTED
from tests.expressions.benign.numbers import NUMBERS
from tests.expressions.benign.operators import OPERATORS
from tests.expressions.benign.queries import QUERIES
from tests.expressions.benign.rows import COLUMNS, ROWS
from tests.expressions.benign.texts import TEXTS
from tests.expressions.benign.times import TIMES
from tests.expressions.benign.windows import WINDOWS

__all__ = ["AGGREGATES", "COLUMNS", "QUERIES", "ROWS", "SCALARS", "WINDOWS"]

SCALARS = [*OPERATORS, *NUMBERS, *TEXTS, *TIMES, *NESTED]
