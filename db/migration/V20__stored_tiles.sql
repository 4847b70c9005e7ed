-- What is kept of stretches of time for the aggregates of view versions, and of which stretches it can be relied on. The tiles
-- themselves are a table for each version, in schema offline.
create table asof.tiled_view (
    view_id    bigint          primary key,
    relation   text            not null unique,
    maintained tstzmultirange  not null default '{}',
    readable   tstzmultirange  not null default '{}',
    building   bigint          not null default 0,
    constraint readable_is_maintained check (readable <@ maintained)
);

comment on table asof.tiled_view is 'A view version that has tiles.';
comment on column asof.tiled_view.relation is 'The name of the version''s table in schema offline, which is never given twice.';
comment on column asof.tiled_view.maintained is
    'Event times of which every batch recomputes the tiles that its rows touch, in its own transaction.';
comment on column asof.tiled_view.readable is 'Those of which, besides, there are all tiles: readers may use them.';
comment on column asof.tiled_view.building is
    'Raised when a stretch begins to be built, and when what was being built is given up: who builds compares it.';

-- As before; and no tile can be relied on any more.
create or replace function asof.revise_feature_table() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'TRUNCATE' then
        if not exists (select from changed) then
            return null;
        end if;
    end if;
    insert into asof.feature_table as known (relation, revision, revised_at)
    values (tg_table_name, 1, clock_timestamp())
    on conflict (relation) do update set revision = known.revision + 1, revised_at = excluded.revised_at;
    update asof.tiled_view set maintained = '{}', readable = '{}', building = building + 1
    where relation = tg_table_name and maintained <> '{}';
    return null;
end $$;
