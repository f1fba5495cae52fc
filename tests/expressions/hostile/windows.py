"""Texts that must be refused as window expressions, and what the fault must name."""

from __future__ import annotations

from tests.expressions.hostile.code import RUN

#: Refused as window expressions.
WINDOWS: list[tuple[str, str]] = [
    ("sum(a)", "over"),
    ("rank()", "over"),
    (f"sum(reflect({RUN})) OVER (ORDER BY a)", "reflect"),
    (f"sum(a) OVER (ORDER BY reflect({RUN}))", "reflect"),
    (f"sum(a) OVER (PARTITION BY reflect({RUN}) ORDER BY a)", "reflect"),
    (f"sum(a) OVER (ORDER BY a ROWS BETWEEN reflect({RUN}) PRECEDING AND CURRENT ROW)", "reflect"),
    (f"reflect({RUN}) OVER (ORDER BY a)", "reflect"),
    ("sum(a) OVER w", "alias"),
    ("sum(a) OVER (w ORDER BY a)", "alias"),
    ("sum(a) OVER (ORDER BY (SELECT 1))", "query"),
    ("sum(a) OVER (ORDER BY a GROUPS 1 PRECEDING)", "groups"),
    ("sum(a) OVER (ORDER BY a ROWS 1 PRECEDING EXCLUDE TIES)", "exclude"),
]
