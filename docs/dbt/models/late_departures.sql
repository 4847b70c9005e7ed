{{ config(materialized='table') }}

with labels as (
    select origin as airport, departed_at as as_of, delay > 15 as late
    from {{ source('accepted', 'flights') }}
    where delay is not null
)

select l.*, d.*, a.*
from labels l
left join lateral features.departures_asof(l.airport, l.as_of, strict => true) d on true
left join lateral features.arrivals_asof(l.airport, l.as_of, strict => true) a on true
