"""Rows whose columns the expressions read."""

from __future__ import annotations

#: Rows of a frame, as a query for Spark.
ROWS = """
SELECT * FROM VALUES
  (1L, 'Anna', 9.5D, 12.50BD, 3, true, DATE '2024-02-29', TIMESTAMP '2024-02-29 13:14:15.678', array(3, 1, 2, null),
   array('b', 'a'), map('k', 1, 'l', 2), named_struct('a', 1, 'b', 'x'), array(named_struct('a', 1, 'b', 'x')),
   '{"a": {"b": [1, 2]}, "c": "t"}', 'https://example.com/p/q?x=1&y=a%20b', X'616263', 'o''clock \\\\d 100%'),
  (2L, 'ümläut', -0.0D, -3.25BD, 7, false, DATE '1999-12-31', TIMESTAMP '1999-12-31 23:59:59', array(),
   array('c', null), map(), named_struct('a', null, 'b', 'y'), array(), '[1, 2]', 'http://a.b:8080/', X'00', ''),
  (3L, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
AS frame(id, name, price, amount, n, flag, d, ts, xs, words, m, s, items, js, url, bin, odd)
"""

COLUMNS = "id name price amount n flag d ts xs words m s items js url bin odd".split()  # noqa: SIM905
