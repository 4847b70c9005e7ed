-- Definitions are stored in a format of their own. Rows that are there, and those of servers that don't know of this
-- column yet, are in the first.
alter table asof.definition_version add column format integer not null default 1 check (format > 0);

comment on column asof.definition_version.format is
    'How spec is written. A server reads every format up to the newest it knows, and leaves the rest to newer servers.';

comment on column asof.definition_version.spec is
    'The definition. In every format, source at its top names the source from whose rows the version is computed.';
