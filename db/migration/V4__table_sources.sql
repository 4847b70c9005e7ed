-- What was read of table sources, so that every row is taken once.
create table asof.table_source (
    id      bigint generated always as identity primary key,
    source  text   not null unique,
    columns text[] not null
);
comment on column asof.table_source.columns is
    'An append source''s rows are told apart by the columns it had when it was first read: one that is added later '
    'makes no row new.';

-- Each copy of a row that was read: of an append source by all its values, of a snapshot by its row_id.
create table asof.table_row (
    source_id       bigint  not null,
    identity        bytea   not null,
    copy            integer not null,
    content         bytea   not null,
    row_sequence    bigint,
    event_timestamp timestamptz,
    quarantined     bigint,
    retry           boolean not null,
    primary key (source_id, identity, copy)
);
comment on column asof.table_row.content is 'Of a snapshot, what its values were; empty once the row is gone.';
comment on column asof.table_row.row_sequence is 'Its newest row in the log; null while none was accepted.';
comment on column asof.table_row.quarantined is 'The row sequence under which it waits in quarantine.';
comment on column asof.table_row.retry is 'Whether the next read holds it to the contract again.';

-- The reads there are and were.
create table asof.table_read (
    id            bigint generated always as identity primary key,
    source        text        not null,
    cause         text        not null check (cause in ('request', 'schedule')),
    state         text        not null check (state in ('pending', 'running', 'done', 'failed', 'cancelled')),
    rows_read     bigint      not null default 0,
    new_rows      bigint      not null default 0,
    changed_rows  bigint      not null default 0,
    vanished_rows bigint      not null default 0,
    quarantined   bigint      not null default 0,
    batch_id      bigint,
    error         text,
    violations    text        not null default '[]',
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
create index table_read_by_source on asof.table_read (source, id);
create unique index table_read_under_way on asof.table_read (source) where state in ('pending', 'running');

-- When sources with a schedule are read next.
create table asof.table_schedule (
    source   text        primary key,
    schedule text        not null,
    due_at   timestamptz not null
);
