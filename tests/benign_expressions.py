"""Expressions that people write, over the columns of `COLUMNS`; each must be admitted and mean the same to Spark."""

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

SCALARS = r'''
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
abs(-n)
ceil(price)
floor(price)
ceil(3.1411, 2)
round(price, 1)
round(price, -2)
bround(2.5, 0)
pmod(-7, 3)
mod(n, 2)
power(n, 2)
sqrt(n)
cbrt(27)
ln(n)
log(2, n)
log10(n)
log2(n)
exp(1)
sign(amount)
pi()
e()
conv('ff', 16, 10)
bin(n)
hex(n)
hex(name)
unhex('4A')
factorial(n)
width_bucket(price, 0D, 10D, 5)
try_divide(n, 0)
try_add(n, 1)
try_multiply(n, 2)
try_subtract(n, 2)
try_mod(n, 0)
bit_count(n)
bit_get(n, 0)
degrees(pi())
atan2(1, 2)
upper(name)
lower(name)
initcap('ab cd-ef')
length(name)
char_length(name)
octet_length(name)
trim('  x ')
ltrim('x', 'xy')
rtrim('y', 'xy')
btrim('xxyxx', 'x')
lpad(name, 8, '*')
lpad(name, 8)
rpad(name, 8, '*')
repeat(name, 2)
reverse(name)
reverse(xs)
concat(name, '-', n)
concat(xs, array(4))
concat_ws(',', words)
concat_ws('-', name, null, 'x')
substring(name, 2, 2)
substr(name, -2)
left(name, 2)
right(name, 2)
split(url, '/')
split('a,b,c', ',', 2)
split_part(url, '/', 3)
substring_index(url, '.', 1)
replace(name, 'a', 'b')
translate(name, 'an', 'AN')
instr(name, 'n')
locate('n', name)
locate('n', name, 3)
position('n', name)
contains(name, 'nn')
startswith(name, 'A')
endswith(name, 'a')
ascii(name)
chr(65)
char(65)
soundex(name)
levenshtein(name, 'Anne')
format_string('%05d %s', n, name)
printf('%d%%', n)
format_number(price, 2)
space(3)
elt(1, 'a', 'b')
find_in_set('b', 'a,b')
base64(bin)
unbase64('YWJj')
encode(name, 'UTF-8')
decode(bin, 'UTF-8')
decode(n, 3, 'three', 7, 'seven', 'other')
overlay('abcdef', 'XX', 2)
mask(name)
sentences('Hi there! Bye.')
to_number('12,345', '99,999')
try_to_number('x', '999')
to_char(n, '999')
to_binary('616263', 'hex')
is_valid_utf8(name)
luhn_check('79927398713')
typeof(xs)
regexp_extract(url, '//([^/]+)', 1)
regexp_extract(url, '(h)')
regexp_extract_all(url, '(\\w+)', 1)
regexp_replace(name, '[aeiou]', '_')
regexp_replace(name, 'n', '_', 3)
regexp_count(name, 'n')
regexp_substr(name, 'n+')
regexp_instr(name, 'n')
current_date IS NOT NULL
current_date() IS NOT NULL
current_timestamp() > ts
now() > ts
current_timezone()
date_add(d, 3)
date_sub(d, 3)
date_add(DAY, 3, ts)
dateadd(MONTH, 1, ts)
timestampadd(HOUR, 2, ts)
datediff(d, DATE '2024-01-01')
date_diff(d, DATE '2024-01-01')
datediff(MONTH, ts, TIMESTAMP '2025-01-01 00:00:00')
timestampdiff(minute, ts, TIMESTAMP '2025-01-01 00:00:00')
d + 1
d - 1
d - DATE '2024-01-01'
d + INTERVAL 1 DAY
d + INTERVAL '1' MONTH
ts - INTERVAL '1 2:03:04' DAY TO SECOND
ts + INTERVAL 1 DAY 2 HOURS
ts + INTERVAL '1 day 2 hours'
ts + INTERVAL '-3' HOUR
d + INTERVAL '1-2' YEAR TO MONTH
INTERVAL 3 WEEKS
INTERVAL -3 DAY
ts - TIMESTAMP '2024-01-01 00:00:00'
TIMESTAMP_NTZ '2024-01-01 00:00:00'
TIMESTAMP '2024-01-01 00:00:00+02:00'
year(d)
quarter(d)
month(d)
day(d)
dayofmonth(d)
dayofweek(d)
dayofyear(d)
weekday(d)
weekofyear(d)
hour(ts)
minute(ts)
second(ts)
dayname(d)
monthname(d)
last_day(d)
next_day(d, 'Mon')
add_months(d, 1)
months_between(d, DATE '2024-01-01')
trunc(d, 'MM')
date_trunc('HOUR', ts)
date_trunc('week', ts)
date_format(d, 'yyyy/MM/dd')
date_format(ts, 'yyyy-MM-dd HH:mm')
to_date('2024-01-02')
to_date('02.01.2024', 'dd.MM.yyyy')
to_timestamp('2024-01-02 03:04:05')
to_timestamp('02/01/2024', 'dd/MM/yyyy')
try_to_timestamp('x')
try_to_date('x')
to_timestamp_ntz('2024-01-02 03:04:05')
unix_timestamp(ts)
unix_timestamp('2024-01-02', 'yyyy-MM-dd')
to_unix_timestamp('2024-01-02', 'yyyy-MM-dd')
from_unixtime(0)
from_unixtime(0, 'yyyy')
unix_date(d)
unix_millis(ts)
timestamp_seconds(10)
timestamp_millis(10)
date_from_unix_date(10)
make_date(2024, 2, 29)
make_timestamp(2024, 2, 29, 1, 2, 3.5)
string(make_interval(1, 2))
make_dt_interval(1, 2, 3, 4.5)
d + make_ym_interval(1, 2)
extract(YEAR FROM d)
extract(day from ts)
EXTRACT(DOW FROM d)
date_part('month', d)
from_utc_timestamp(ts, 'America/Sao_Paulo')
to_utc_timestamp(ts, 'Asia/Tokyo')
convert_timezone('UTC', 'Asia/Tokyo', TIMESTAMP_NTZ '2024-01-01 00:00:00')
array(5, n)[1]
array(array(n))[0][0]
try_element_at(xs, 9)
get(xs, 9)
element_at(m, 'k')
m['k']
s.a
s.b || 'x'
`s`.`b`
array(s)[0].b
array(s).b
items.a
array(1, 2, n)
array()
array_contains(xs, 2)
array_distinct(xs)
array_sort(xs)
array_sort(xs, (l, r) -> CASE WHEN l < r THEN 1 WHEN l > r THEN -1 ELSE 0 END)
sort_array(xs, false)
array_join(words, '-')
array_join(words, '-', '?')
array_max(xs)
array_min(xs)
array_position(xs, 2)
array_remove(xs, 1)
array_repeat(n, 2)
array_union(xs, array(9))
array_intersect(xs, array(1))
array_except(xs, array(1))
arrays_overlap(xs, array(1))
arrays_zip(xs, words)
array_append(xs, 9)
array_prepend(xs, 9)
array_insert(xs, 2, 9)
array_compact(xs)
array_size(xs)
size(xs)
cardinality(m)
slice(xs, 1, 2)
flatten(array(xs, xs))
sequence(1, 5)
sequence(5, 1, -2)
sequence(DATE '2024-01-01', DATE '2024-03-01', INTERVAL 1 MONTH)
map('a', 1, 'b', 2)
map_keys(m)
map_values(m)
map_entries(m)
map_concat(m, map('z', 9))
map_from_arrays(array('a'), array(1))
map_from_entries(array(struct('a', 1)))
map_contains_key(m, 'k')
str_to_map('a:1,b:2')
str_to_map('a=1;b=2', ';', '=')
struct(n, name)
struct(n AS number, name AS label)
named_struct('a', 1, 'b', name)
named_struct('a', 1).a
transform(xs, x -> x + 1)
transform(xs, (x, i) -> x * i)
transform(items, x -> x.a + n)
transform(xs, x -> transform(xs, y -> x + y))
filter(xs, x -> x > 1)
filter(words, w -> w IS NOT NULL AND w RLIKE '^b')
exists(xs, x -> x = 2)
forall(xs, x -> x > 0)
aggregate(xs, 0, (acc, x) -> acc + coalesce(x, 0))
aggregate(xs, 0, (acc, x) -> acc + coalesce(x, 0), acc -> acc * 2)
reduce(xs, 0, (acc, x) -> acc + coalesce(x, 0))
zip_with(xs, xs, (a, b) -> a + b)
map_filter(m, (k, v) -> v > 1)
transform_values(m, (k, v) -> v + 1)
transform_keys(m, (k, v) -> upper(k))
map_zip_with(m, m, (k, v, w) -> v + w)
get_json_object(js, '$.a.b[0]')
get_json_object(js, "$['c']")
from_json(js, 'a STRUCT<b: ARRAY<INT>>, c STRING')
from_json(js, 'struct<c:string>', map('mode', 'PERMISSIVE'))
to_json(s)
to_json(struct(n AS number))
json_array_length('[1,2]')
json_object_keys('{"a": 1}')
schema_of_json('{"a": 1}')
parse_json('{"a": [1, 2]}')
try_parse_json('{')
variant_get(parse_json('{"a": [1, 2]}'), '$.a[0]', 'int')
try_variant_get(parse_json('{"a": "x"}'), '$.a', 'int')
is_variant_null(parse_json('null'))
schema_of_variant(parse_json('{"a": 1}'))
to_variant_object(s)
from_csv('1,a', 'x INT, y STRING')
to_csv(s)
md5(name)
sha1(name)
sha2(name, 256)
crc32(bin)
hash(name, n)
xxhash64(name, n)
parse_url(url, 'HOST')
parse_url(url, 'QUERY', 'x')
try_parse_url('x y', 'HOST')
url_encode('a b')
url_decode('a%20b')
try_url_decode('%%')
collate(name, 'UTF8_LCASE') = 'anna'
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

AGGREGATES = r"""
count(*)
COUNT(1)
count(name)
count(DISTINCT name)
count(DISTINCT name, n)
sum(price * n)
sum(amount) / count(*)
avg(n)
mean(n)
min(d)
max(upper(name))
round(stddev(price), 3)
var_pop(n)
corr(n, price)
count_if(n > 3)
bool_and(flag)
bool_or(flag)
every(flag)
any(flag)
some(flag)
any_value(1)
first(name)
first(name, true)
first(name) IGNORE NULLS
max_by(name, n)
min_by(name, n)
sort_array(collect_set(name))
array_sort(collect_list(n))
array_agg(n)
sum(n) FILTER (WHERE n > 3)
count(*) FILTER (WHERE flag AND n IN (3, 4))
approx_count_distinct(name)
approx_count_distinct(name, 0.02)
percentile(n, 0.5)
percentile(n, array(0.25, 0.75))
percentile_approx(n, 0.5, 100)
approx_percentile(n, 0.5)
percentile_cont(0.5) WITHIN GROUP (ORDER BY n)
percentile_cont(0.5) WITHIN GROUP (ORDER BY n DESC)
median(n)
mode(flag)
listagg(name, ',') WITHIN GROUP (ORDER BY name)
string_agg(name, ',') WITHIN GROUP (ORDER BY name DESC NULLS FIRST)
sum(CASE WHEN flag THEN 1 ELSE 0 END)
coalesce(sum(n), 0) + 1
aggregate(array_agg(n), 0, (a, x) -> a + x)
struct(min(n) AS low, max(n) AS high)
kurtosis(n)
skewness(n)
try_sum(n)
bit_xor(n)
histogram_numeric(n, 2)
max(s.a)
""".strip().splitlines()

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

#: Queries over the table `frame`, and `other`, which is the same.
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
