-- Batches only add rows to a view version's table. Whatever else happens to its rows raises the table's revision, in the
-- transaction that does it, whoever does it: triggers see to that, so that whoever keeps what it has read of a table
-- compares one number.
create table asof.feature_table (
    relation   text        primary key,
    revision   bigint      not null default 0,
    revised_at timestamptz not null
);

comment on table asof.feature_table is
    'A view version''s table, once it has its triggers: with the version, or before it is first copied by a server.';
comment on column asof.feature_table.relation is 'Its name in schema offline, which is never given twice.';
comment on column asof.feature_table.revised_at is
    'Tells a revision from one of the same number that a restored backup gives out again.';

-- A statement that finds no rows changes nothing. The revision's row stays locked until the transaction ends.
create function asof.revise_feature_table() returns trigger
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
    return null;
end $$;
