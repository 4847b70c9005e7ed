-- What tells a table's rows apart is their values as the source's types have them, no longer the text they were read as.
-- Rows that were remembered before are known by both: a read that meets them keeps the new one from then on.
alter table asof.table_source add column fingerprint smallint not null default 1;
comment on column asof.table_source.fingerprint is '1 while rows may be remembered by what they were read as.';

alter table asof.table_row add column fingerprint smallint not null default 1;
comment on column asof.table_row.fingerprint is
    '1: of the text that values were read as; 2: of the values. Without a default, so that a server which knows but the '
    'first fails to read rather than take every row a second time.';
alter table asof.table_row alter column fingerprint drop default;
