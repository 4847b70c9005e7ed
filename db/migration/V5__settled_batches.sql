-- Up to which id every batch has committed or never will: what a snapshot sees is then told by this and what is above it.
create table asof.settled_batches (
    only_row      boolean primary key default true check (only_row),
    through_id    bigint  not null default 0,
    candidate_id  bigint  not null default 0,
    candidate_xid xid8    not null default '0'
);
comment on column asof.settled_batches.candidate_id is
    'The newest id given when the candidate''s transaction began; settled once all transactions before that have ended. '
    'A batch''s transaction has its number before it takes an id.';

insert into asof.settled_batches default values;
