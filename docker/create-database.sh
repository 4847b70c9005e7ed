#!/bin/bash
# Run once by the Postgres image, when it has made its data directory: the server's own role, no superuser, which may
# create the logins that only read. What they could do besides, which only a superuser can forbid, is told by the server's
# warnings at its start.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --set password="$ASOF_POSTGRES_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
create role asof login createrole password :'password';
create database asof owner asof;
SQL
