-- What other modules keep of definitions: a version that something pins is neither retired nor deleted.
create table asof.definition_pin (
    dependent text    not null,
    kind      text    not null check (kind in ('feature_view', 'feature_service')),
    name      text    not null,
    version   integer not null,
    primary key (dependent, kind, name, version)
);
create index definition_pin_by_definition on asof.definition_pin (kind, name, version);

create schema if not exists datasets;

comment on schema datasets is 'Spines of training datasets, one table a version, read-only';

-- Version numbers are never given twice, not even those of deleted versions.
create table asof.training_dataset_name (
    name           text    primary key,
    newest_version integer not null
);

create table asof.training_dataset (
    id              bigint generated always as identity primary key,
    name            text        not null,
    version         integer     not null,
    state           text        not null check (state in ('pending', 'running', 'done', 'failed', 'cancelled')),
    spec            json        not null,
    spine_table     text        not null,
    rows_total      bigint      not null,
    rows_done       bigint      not null default 0,
    error           text,
    manifest        json,
    leakage_report  json,
    description     text,
    owner           text,
    tags            json        not null,
    created_by      text        not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    unique (name, version)
);

comment on column asof.training_dataset.spec is 'What is built: everything but the rows, which the spine table has.';
comment on column asof.training_dataset.spine_table is 'In schema datasets; versions rebuilt from one another share it.';

-- The rows as Parquet, whole and split by split. Bytes in chunks, so that a part is read without the rest.
create table asof.training_dataset_file (
    id         bigint generated always as identity primary key,
    dataset_id bigint not null references asof.training_dataset on delete cascade,
    split      text   not null, -- empty for the whole
    rows       bigint not null,
    size       bigint not null,
    sha256     text   not null,
    unique (dataset_id, split)
);

create table asof.training_dataset_chunk (
    file_id bigint  not null references asof.training_dataset_file on delete cascade,
    number  integer not null,
    content bytea   not null,
    primary key (file_id, number)
);
-- Parquet is compressed already.
alter table asof.training_dataset_chunk alter column content set storage external;

-- Builds have a scheduler of their own, so that long ones never hold up what keeps the online store fresh.
create table asof.training_tasks (like asof.scheduled_tasks including all);
