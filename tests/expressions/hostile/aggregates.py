"""Texts that must be refused as aggregates, and what the fault must name."""

from __future__ import annotations

from tests.expressions.hostile.code import RUN

#: Refused as aggregates.
AGGREGATES: list[tuple[str, str]] = [
    ("approx_count_distinct(id, 0.00001)", "approx_count_distinct"),
    ("approx_count_distinct(id, 1e-5)", "approx_count_distinct"),
    ("approx_count_distinct(id, -0.1)", "approx_count_distinct"),
    ("approx_count_distinct(id, CAST('1e-7' AS DOUBLE))", "approx_count_distinct"),
    ("approx_count_distinct(id, 1 / 100000)", "approx_count_distinct"),
    ("count_min_sketch(id, 0.00000001D, 0.99D, 1)", "count_min_sketch"),
    ("count_min_sketch(id, 0.1, 0.99999999999999D, 1)", "count_min_sketch"),
    ("a", "`a`"),
    ("1", "nothing is aggregated"),
    ("sum(a) + b", "`b`"),
    ("upper(a)", "`a`"),
    ("sum(sum(a))", "inside another"),
    ("sum(a) OVER (ORDER BY b)", "over"),
    ("row_number() OVER (ORDER BY b)", "over"),
    ("explode(collect_list(a))", "explode"),
    (f"sum(reflect({RUN}))", "reflect"),
    (f"sum(a) FILTER (WHERE reflect({RUN}))", "reflect"),
    (f"listagg(a) WITHIN GROUP (ORDER BY reflect({RUN}))", "reflect"),
    (f"count(DISTINCT reflect({RUN}))", "reflect"),
    ("sum(*)", "*"),
    ("*", "*"),
    ("sum((SELECT 1))", "query"),
]
