"""Functions of dates and times."""

from __future__ import annotations

TIMES = r"""
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
""".strip().splitlines()
