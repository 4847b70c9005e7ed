-- How often a job failed by itself: what an outage of a store, or the end of a server, broke off doesn't count.
alter table asof.materialization add column failures integer not null default 0;
alter table asof.table_read add column failures integer not null default 0;
alter table asof.training_dataset add column failures integer not null default 0;
