"""Queries over the table `frame`, and `other`, which is the same."""

from __future__ import annotations

QUERIES = r"""
SELECT * FROM frame
select id, upper(name) as `big name` from frame where n > 1 order by id desc limit 2
SELECT frame.id, f2.s.b FROM frame JOIN other AS f2 ON frame.id = f2.id ORDER BY 1
SELECT * FROM frame LEFT SEMI JOIN other USING (id) ORDER BY id
SELECT * FROM frame LEFT ANTI JOIN other ON frame.id = other.n
SELECT a.id, b.id FROM frame a, other b WHERE a.id < b.id ORDER BY 1, 2
SELECT a.id FROM frame a FULL OUTER JOIN other b ON a.id = b.id + 1 ORDER BY a.id NULLS LAST
SELECT id FROM frame NATURAL JOIN (SELECT id FROM other) ORDER BY id
SELECT frame.id, r.id FROM frame CROSS JOIN range(2) r ORDER BY 1, 2
SELECT flag, count(*) AS c, sum(n) FROM frame GROUP BY flag HAVING count(*) > 0 ORDER BY c, flag
SELECT flag, n, count(*) FROM frame GROUP BY ROLLUP (flag, n) ORDER BY flag, n, 3
SELECT flag, n, grouping_id() FROM frame GROUP BY CUBE (flag, n) ORDER BY flag, n, 3
SELECT flag, n, count(*) FROM frame GROUP BY GROUPING SETS ((flag), (n), ()) ORDER BY flag, n, 3
SELECT flag, n, count(*) FROM frame GROUP BY flag, n WITH ROLLUP ORDER BY flag, n, 3
SELECT flag, count(*) FROM frame GROUP BY ALL ORDER BY flag
WITH a AS (SELECT id FROM frame), b AS (SELECT id + 1 AS id FROM a) SELECT * FROM b ORDER BY id
WITH frame AS (SELECT 1 AS x) SELECT x FROM frame
WITH a(x, y) AS (SELECT id, n FROM frame) SELECT x + y FROM a ORDER BY 1
SELECT id FROM frame UNION SELECT n FROM other ORDER BY id
SELECT id FROM frame UNION ALL SELECT id FROM other ORDER BY id
SELECT id FROM frame INTERSECT SELECT n FROM other
SELECT id FROM frame EXCEPT SELECT 1
SELECT id FROM frame MINUS SELECT 1
(SELECT id FROM frame) UNION ALL (SELECT id FROM other ORDER BY id LIMIT 1) ORDER BY id
SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2
SELECT id FROM frame WHERE id IN (SELECT id FROM other WHERE flag) ORDER BY id
SELECT id FROM frame f WHERE EXISTS (SELECT 1 FROM other o WHERE o.id = f.id + 1) ORDER BY id
SELECT id FROM frame f WHERE NOT EXISTS (SELECT 1 FROM other o WHERE o.id = f.id + 1)
SELECT id, (SELECT max(n) FROM other) AS m FROM frame ORDER BY id
SELECT id, x FROM frame LATERAL VIEW explode(xs) t AS x ORDER BY id, x
SELECT id, t.x FROM frame LATERAL VIEW OUTER explode(xs) t AS x ORDER BY id, x
SELECT id, i, w FROM frame LATERAL VIEW posexplode(words) t AS i, w ORDER BY id, i
SELECT id, k, v FROM frame LATERAL VIEW explode(m) t AS k, v ORDER BY id, k
SELECT id, a, b FROM frame LATERAL VIEW inline(items) t AS a, b ORDER BY id
SELECT id, explode(words) AS w FROM frame ORDER BY id, w
SELECT id, c FROM frame LATERAL VIEW json_tuple(js, 'c') t AS c ORDER BY id
SELECT id, x FROM frame, LATERAL (SELECT id + 1 AS x) ORDER BY id
SELECT * FROM (SELECT flag, n FROM frame) PIVOT (sum(n) AS s FOR flag IN (true AS yes, false AS no))
SELECT * FROM (SELECT flag, n FROM frame) PIVOT (sum(n), count(n) AS c FOR flag IN (true, false))
SELECT * FROM (SELECT id, n, price FROM frame) UNPIVOT (v FOR k IN (n, price)) ORDER BY id, k
SELECT * FROM (SELECT id, n, price FROM frame) UNPIVOT INCLUDE NULLS (v FOR k IN (n AS a, price AS b)) ORDER BY id, k
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(x, y) ORDER BY x
VALUES (1, 'a'), (2, 'b')
SELECT * FROM range(3)
SELECT DISTINCT flag FROM frame ORDER BY flag
SELECT * EXCEPT (xs, m) FROM frame ORDER BY id
SELECT f.* FROM frame f ORDER BY f.id
SELECT id, row_number() OVER w AS r FROM frame WINDOW w AS (ORDER BY id DESC) ORDER BY id
SELECT id, sum(n) OVER (PARTITION BY flag ORDER BY id ROWS UNBOUNDED PRECEDING) FROM frame ORDER BY id
SELECT id FROM frame QUALIFY row_number() OVER (ORDER BY id DESC) = 1
SELECT id FROM frame ORDER BY n DESC NULLS FIRST, id ASC NULLS LAST LIMIT 2 OFFSET 1
SELECT CASE WHEN n > 3 THEN 'x' END AS c FROM frame ORDER BY id
SELECT s.*, id FROM frame ORDER BY id
SELECT id AS `from`, n AS `select` FROM frame ORDER BY `from`
FROM frame SELECT id ORDER BY id
SELECT x.a FROM (SELECT struct(id AS a) AS x FROM frame) ORDER BY 1
""".strip().splitlines()
