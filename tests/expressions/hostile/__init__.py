"""Texts that must be refused, and what the fault must name."""

from __future__ import annotations

from tests.expressions.hostile.aggregates import AGGREGATES
from tests.expressions.hostile.expressions import EXPRESSIONS
from tests.expressions.hostile.queries import QUERIES
from tests.expressions.hostile.windows import WINDOWS

__all__ = ["AGGREGATES", "EXPRESSIONS", "QUERIES", "WINDOWS"]
