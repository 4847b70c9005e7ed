#!/bin/bash
# Run once by the Postgres image, when it has made its data directory: the server's own role, no superuser, which may
# create the login that runs users' SQL.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --set password="$ASOF_POSTGRES_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
create role asof login createrole password :'password';
create database asof owner asof;
SQL
