-- What users query (features, sources) and what only Asof reads (offline).
create schema if not exists offline;
create schema if not exists features;
create schema if not exists sources;

comment on schema features is
    'Features, read-only. For a feature view v: the view v is its history, and the function v_asof(keys, as_of) gives the '
    'values as they were at a time; both follow the current version. v__v1, v__v1_asof and v__v1_row are those of '
    'version 1, and never change. A training set is '
    'select l.*, f.* from labels l left join lateral features.v_asof(l.key, l.as_of) f on true';
comment on schema sources is 'Accepted rows, one view for each source, read-only: what labels can be drawn from';

-- One row per acknowledged batch; its id orders acceptance.
create table asof.batch (
    id            bigint generated always as identity primary key,
    source        text        not null,
    accepted_at   timestamptz not null,
    accepted      bigint      not null default 0,
    quarantined   bigint      not null default 0,
    xid           xid8        not null default pg_current_xact_id()
);
create index batch_by_source on asof.batch (source, id);
create index batch_by_xid on asof.batch (xid);
comment on column asof.batch.xid is
    'Its transaction: unlike ids, transactions below the oldest that is running have all ended.';

-- Held from the first statement of a batch's transaction, so that a second request with the key finds it running.
create table asof.idempotency_key (
    principal   text        not null,
    source      text        not null,
    key         text        not null,
    body_hash   text        not null,
    answer      text,
    created_at  timestamptz not null,
    primary key (principal, source, key)
);
create index idempotency_key_by_age on asof.idempotency_key (created_at);

-- Rows that broke their contract. The row is text, not jsonb: it may hold what jsonb refuses.
create table asof.quarantined_row (
    id           bigint generated always as identity primary key,
    source       text        not null,
    batch_id     bigint      not null,
    row_number   bigint      not null,
    raw          text        not null,
    violations   text        not null,
    received_at  timestamptz not null,
    replayed_in  bigint
);
create index quarantined_row_by_source on asof.quarantined_row (source, id) where replayed_in is null;

-- What a committed batch still owes the online store.
create table asof.online_work (
    batch_id           bigint      primary key,
    source             text        not null,
    written_through    timestamptz,
    written_generation bigint,
    due_at             timestamptz not null,
    revision           bigint      not null,
    xid                xid8        not null default pg_current_xact_id()
);
create index online_work_by_due on asof.online_work (due_at);
comment on column asof.online_work.written_through is
    'Rows of events up to here are online, if the online store is still of the generation; null when none is.';
comment on column asof.online_work.revision is
    'The registry must be known at least this well to tell which versions the batch feeds.';
comment on column asof.online_work.xid is 'The batch''s own transaction.';

-- Which Redis processes hold this store's rows. What is written to another one doesn't count: whoever strikes off work
-- holds this row for share, whoever takes a process into service for update.
create table asof.store (
    only_row   boolean primary key default true check (only_row),
    id         uuid    not null default gen_random_uuid(),
    generation bigint  not null default 0,
    online     text[]  not null default '{}',
    adopted_in xid8    not null default '0'
);
comment on column asof.store.online is 'The marks of the processes in service.';
comment on column asof.store.adopted_in is 'The transaction that last took one into service.';

insert into asof.store default values;

-- Jobs that compute feature rows from the log, or the online store from feature rows.
create table asof.materialization (
    id             bigint generated always as identity primary key,
    kind           text        not null check (kind in ('backfill', 'online_rebuild')),
    view           text        not null,
    version        integer     not null,
    state          text        not null check (state in ('pending', 'running', 'done', 'failed', 'cancelled')),
    through_batch  bigint      not null,
    position_row   bigint      not null default 0, -- the row sequence up to which the log is done
    rows_done      bigint      not null default 0,
    rows_total     bigint      not null,
    run            integer     not null default 1, -- grows with each resumption: earlier runs stop by themselves
    error          text,
    needed_by      bigint,                     -- the generation of the online store that isn't complete without it
    finished_in    xid8,                       -- the transaction that made it done
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);
create index materialization_by_view on asof.materialization (view, version, id);
create index materialization_needed on asof.materialization (needed_by) where needed_by is not null;
create index materialization_by_end on asof.materialization (finished_in);

-- db-scheduler's table: background work runs once across servers, and moves over when one dies.
create table asof.scheduled_tasks (
    task_name            text        not null,
    task_instance        text        not null,
    task_data            bytea,
    execution_time       timestamptz,
    picked               boolean     not null,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint      not null,
    priority             smallint,
    state                text,
    primary key (task_name, task_instance)
);
create index scheduled_tasks_by_time on asof.scheduled_tasks (execution_time);
create index scheduled_tasks_by_heartbeat on asof.scheduled_tasks (last_heartbeat);
