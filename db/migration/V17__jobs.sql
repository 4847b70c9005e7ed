-- One list of all jobs, newest first. Null for jobs begun by servers that don't know the column.

-- Each table is needed alone for a moment, and all three together: they are asked for briefly, again and again, so that
-- jobs of older servers don't wait behind this while a dataset's files are stored.
do $$
declare
    give_up timestamptz := clock_timestamp() + interval '10 minutes';
begin
    loop
        begin
            set local lock_timeout = '100ms';
            alter table asof.materialization add column started_at timestamptz;
            alter table asof.table_read add column started_at timestamptz;
            alter table asof.training_dataset add column started_at timestamptz;
            exit;
        exception when lock_not_available then
            if clock_timestamp() > give_up then
                raise exception 'The tables of jobs were in use for ten minutes without a pause: start the server again '
                    'when long dataset builds have ended';
            end if;
        end;
        perform pg_sleep(0.05);
    end loop;
    set local lock_timeout = default;
end $$;

comment on column asof.materialization.started_at is 'When its run began for the first time.';
comment on column asof.table_read.started_at is 'When it began for the first time.';
comment on column asof.training_dataset.started_at is 'When its build began for the first time.';

create index materialization_by_age on asof.materialization (created_at, id);
create index table_read_by_age on asof.table_read (created_at, id);
create index training_dataset_by_age on asof.training_dataset (created_at, id);

-- What failed or waits is rare among many that are done.
create index materialization_by_state on asof.materialization (state, created_at, id);
create index table_read_by_state on asof.table_read (state, created_at, id);
create index training_dataset_by_state on asof.training_dataset (state, created_at, id);
