"""Eight aggregates over range windows by DuckDB, for a third of the flights in a Parquet file, to a Parquet file; prints seconds.

Arguments: the flights, the result. The windows end at the flight's own time and aren't aligned to hops.
"""
import sys
import time

import duckdb

flights, result = sys.argv[1], sys.argv[2]
connection = duckdb.connect()
begin = time.perf_counter()
connection.execute(f"""
    copy (
        select origin, date, delay, n1, a1, hi1, late1, n30, a30, hi30, late30
        from (
            select number, origin, date, delay,
                count(*) over day as n1, avg(delay) over day as a1, max(delay) over day as hi1,
                count(*) filter (delay > 15) over day as late1,
                count(*) over month as n30, avg(delay) over month as a30, max(delay) over month as hi30,
                count(*) filter (delay > 15) over month as late30
            from read_parquet('{flights}')
            window
                day as (partition by origin order by date range between interval 24 hours preceding and current row),
                month as (partition by origin order by date range between interval 30 days preceding and current row))
        where number % 3 = 0)
    to '{result}' (format parquet)
""")
print(time.perf_counter() - begin)
