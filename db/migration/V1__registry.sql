-- Flyway has made schema asof, where it keeps its own history.

-- What is defined. The row of a source is also its lock: batches hold it for share, changes of its views for update.
create table asof.definition (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('entity', 'source', 'feature_view', 'feature_service')),
    name text not null,
    current_version integer,
    created_at timestamptz not null,
    unique (kind, name)
);

comment on column asof.definition.current_version is
    'What the bare name means: for entities and sources the newest version, for feature views the one promoted last, '
    'by itself or by hand. Null for feature services, whose newest ready version is derived from the versions they pin.';

-- Versions outlive the definition, so that neither an id nor a version number is ever used again.
create table asof.definition_version (
    id bigint generated always as identity primary key,
    kind text not null,
    name text not null,
    version integer not null check (version > 0),
    state text not null check (state in ('candidate', 'ready', 'retired')),
    hash text not null,
    breaking boolean not null,
    spec jsonb not null,
    resolved jsonb not null,
    created_at timestamptz not null,
    unique (kind, name, version)
);

comment on column asof.definition_version.spec is 'The definition as its author wrote it.';
comment on column asof.definition_version.resolved is
    'What it meant when it was registered: the keys and feature types of a view, the pinned versions of a service.';

-- Grows with every change, in the transaction that makes it.
create table asof.registry_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);

insert into asof.registry_revision (revision) values (0);
