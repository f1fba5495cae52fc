"""Columns, literals, operators, casts and conditions."""

from __future__ import annotations

OPERATORS = r'''
id
price * n + 1
-n
- - n
+n
n % 2
n div 2
id / n
price / 2.5
1e3 * n
1.5
1.50
.5
7L
7S
7Y
1.5D
1.5F
1.50BD
1e2BD
-7L
n & 1 | 4 ^ 2
~n
n << 2
n >> 1
shiftleft(n, 2)
n = 3 AND NOT flag
flag OR n > 2 AND price < 3
NOT flag = true
!flag
n == 3
n <> 3
n != 3
n <=> null
n IS DISTINCT FROM 3
n IS NOT DISTINCT FROM 3
name IS NULL
name IS NOT NULL
flag IS TRUE
flag IS NOT TRUE
flag IS FALSE
flag IS UNKNOWN
n IN (1, 2, 3)
n NOT IN (1, 2)
(n, id) IN ((3, 1L), (7, 2L))
n BETWEEN 1 AND 5
n NOT BETWEEN 1 AND 5 OR flag
NOT n BETWEEN 1 AND 5
name LIKE 'A%'
name NOT LIKE 'A%'
name LIKE '%a'
odd LIKE '%100\%'
odd LIKE '%100!%' ESCAPE '!'
name ILIKE 'a%'
name NOT ILIKE 'a%'
name LIKE ANY ('A%', 'B%')
name LIKE ALL ('A%', '%a')
name NOT LIKE ALL ('A%', '%a')
name RLIKE '^[A-Z]\\w+$'
name NOT RLIKE '^A'
name REGEXP '^A'
regexp_like(name, '^A')
'it''s' || name
'it\'s'
"it's"
'a' 'b'
'say "x"'
"say ""x"""
'a\\b'
'tab\tnew\nline'
'\d'
r'\d+\s'
R"\d"
'\u00e9\101\x'
'100\%'
'a\_b'
''
'-- no comment'
'/* none */'
'é😀'
X'1F2e'
null
true
CAST(n AS STRING)
CAST(price AS DECIMAL(10, 2))
cast(name as varchar(3))
TRY_CAST(name AS INT)
try_cast('2024-13-01' AS DATE)
n::string
n::string || 'x'
(-n)::string
n::decimal(10,2) / 3
CAST(xs AS ARRAY<STRING>)
CAST(s AS STRUCT<c: BIGINT, d: STRING>)
CAST(m AS MAP<STRING, BIGINT>)
CAST(d AS TIMESTAMP)
CAST(ts AS DATE)
CAST(ts AS TIMESTAMP_NTZ)
CAST(bin AS STRING)
int('12')
string(n)
double(n)
date('2024-01-01')
timestamp('2024-01-01')
boolean('true')
decimal(n)
CASE WHEN n > 3 THEN 'big' WHEN n > 1 THEN 'mid' ELSE 'small' END
CASE n WHEN 3 THEN 'three' END
CASE WHEN flag THEN 1 END + 1
if(flag, 1, 2)
coalesce(name, 'none')
nvl(name, 'none')
nvl2(name, 1, 2)
nullif(n, 3)
ifnull(n, 0)
isnull(n)
nanvl(price, 0D)
zeroifnull(n)
greatest(n, 5)
least(n, id)
equal_null(n, null)
n = 3 = flag
id = 1 IS NOT NULL
n + 1 IN (4)
name || 'x' LIKE 'A%x'
- n + 2 * 3 - (4 - 5)
(n)
((n + 1) * 2)
n/*c*/+1 -- end
'''.strip().splitlines()
