"""Expressions over windows."""

from __future__ import annotations

WINDOWS = r"""
row_number() OVER (ORDER BY id)
rank() OVER (PARTITION BY flag ORDER BY n DESC)
dense_rank() OVER (ORDER BY n DESC NULLS LAST)
percent_rank() OVER (ORDER BY n ASC NULLS LAST)
cume_dist() OVER (ORDER BY id)
ntile(2) OVER (ORDER BY id)
lag(n) OVER (ORDER BY id)
lag(n, 1, 0) OVER (ORDER BY id)
lead(name, 2, 'none') OVER (ORDER BY id)
lag(n) IGNORE NULLS OVER (ORDER BY id)
first_value(name) OVER (ORDER BY id)
last_value(name) IGNORE NULLS OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
last_value(name) RESPECT NULLS OVER (ORDER BY id)
nth_value(name, 2) OVER (ORDER BY id)
sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
sum(n) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
sum(n) OVER (ORDER BY id ROWS 2 PRECEDING)
sum(n) OVER (ORDER BY d RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW)
n - avg(n) OVER (PARTITION BY flag)
count(*) OVER ()
sum(n) FILTER (WHERE n > 3) OVER (ORDER BY id)
""".strip().splitlines()
