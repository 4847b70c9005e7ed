-- The gate of a source is an empty table, whose lock queues fairly and which nobody but the owner of this schema can
-- take. An advisory lock, which it was, is open to every login. A gate stays when its source is deleted: the name may
-- come again, and whoever waits must not find it gone.

create function asof.gate(source text) returns text
language sql immutable return format('asof.%I', 'gate_' || source);

do $$
declare
    source text;
begin
    for source in select name from asof.definition where kind = 'source' loop
        execute format('create table %s ()', asof.gate(source));
    end loop;
end $$;

-- Before any gate is taken: to hold one while waiting for whoever makes another could end in a deadlock.
create function asof.make_gates(sources text[]) returns void
language plpgsql as $$
declare
    source text;
begin
    if not exists (select from unnest(sources) s where to_regclass(asof.gate(s)) is null) then
        return;
    end if;
    lock table asof.registry_revision in share update exclusive mode;
    for source in select s from unnest(sources) s where to_regclass(asof.gate(s)) is null order by s loop
        execute format('create table %s ()', asof.gate(source));
    end loop;
end $$;

create function asof.enter_alone(source text) returns void
language plpgsql as $$
begin
    execute format('lock table %s in share row exclusive mode', asof.gate(source));
    perform id from asof.definition d where d.kind = 'source' and d.name = source for update;
end $$;

-- Null when there is no such source; else the registry's revision.
create function asof.enter_shared(source text) returns bigint
language plpgsql as $$
begin
    if to_regclass(asof.gate(source)) is null then
        return null;
    end if;
    execute format('lock table %s in row exclusive mode', asof.gate(source));
    perform id from asof.definition d where d.kind = 'source' and d.name = source for share;
    if not found then
        return null;
    end if;
    return (select revision from asof.registry_revision);
end $$;
