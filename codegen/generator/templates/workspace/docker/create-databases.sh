#!/bin/sh
# Makes the databases named on the command line, each with a role of its own; what there is already stays.
set -eu

for name in "$@"; do
  if [ -z "$(psql -d postgres -tAc "select 1 from pg_roles where rolname = '$name'")" ]; then
    psql -d postgres -v ON_ERROR_STOP=1 -v password="$DATABASE_PASSWORD" <<SQL
create role "$name" login password :'password';
SQL
  fi
  if [ -z "$(psql -d postgres -tAc "select 1 from pg_database where datname = '$name'")" ]; then
    psql -d postgres -v ON_ERROR_STOP=1 <<SQL
create database "$name" owner "$name";
revoke connect on database "$name" from public;
SQL
  fi
done
