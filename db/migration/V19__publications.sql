-- What is brought online of views with aggregates, whole keys at a time.

-- Numbers reads: whoever takes one reads afterwards, and so all that committed before. Of two reads of a key the one with the
-- greater number holds all that the other does.
create sequence asof.publication;

-- Rows that were left out of an online value because their event was ahead of the clock of whoever read them. Recorded before
-- the value is written.
create table asof.left_out (
    view_id     bigint      not null,
    batch_id    bigint      not null,
    source      text        not null,
    publication bigint      not null,
    after       timestamptz not null,
    due_at      timestamptz not null,
    xid         xid8        not null,
    primary key (view_id, batch_id)
);
create index left_out_by_due on asof.left_out (due_at);
comment on column asof.left_out.publication is
    'The last that left rows of the batch out: only one with a greater number brings them back.';
comment on column asof.left_out.after is 'Rows of events up to here were not left out.';
comment on column asof.left_out.due_at is 'When the first of them falls due.';
comment on column asof.left_out.xid is 'The batch''s own transaction.';
