-- Batches can be followed in the order of their ids, as far as they are settled.

-- Adding the column needs the table to itself for a moment. A transaction that reads or adds batches may be long, and
-- everybody else would wait behind this one: so it is asked for briefly, again and again.
do $$
declare
    give_up timestamptz := clock_timestamp() + interval '10 minutes';
begin
    loop
        begin
            set local lock_timeout = '100ms';
            alter table asof.batch add column kind text;
            alter table asof.batch add constraint batch_kind check (kind in ('push', 'read', 'replay')) not valid;
            exit;
        exception when lock_not_available then
            if clock_timestamp() > give_up then
                raise exception 'asof.batch was in use for ten minutes without a pause: start the server again when '
                    'long uploads and dataset builds have ended';
            end if;
        end;
        perform pg_sleep(0.05);
    end loop;
    set local lock_timeout = default;
end $$;

comment on column asof.batch.kind is
    'How its rows came: sent by a client, read from a table, or sent again from quarantine. Null when a server of before '
    'accepted it, as one does that runs beside newer ones.';

-- Up to which batch each follower has come.
create table asof.batch_follower (
    name     text   primary key,
    position bigint not null
);
comment on column asof.batch_follower.position is
    'The id of the last batch that it was given, in the transaction in which it did its work.';
