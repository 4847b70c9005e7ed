-- One list of all jobs, newest first. Null for jobs begun by servers that don't know the column.
alter table asof.materialization add column started_at timestamptz;
alter table asof.table_read add column started_at timestamptz;
alter table asof.training_dataset add column started_at timestamptz;
comment on column asof.materialization.started_at is 'When its run began for the first time.';
comment on column asof.table_read.started_at is 'When it began for the first time.';
comment on column asof.training_dataset.started_at is 'When its build began for the first time.';

create index materialization_by_age on asof.materialization (created_at, id);
create index table_read_by_age on asof.table_read (created_at, id);
create index training_dataset_by_age on asof.training_dataset (created_at, id);
