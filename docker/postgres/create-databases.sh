#!/bin/sh
# Run once by the image, on an empty data folder: the product's database, and a role with two databases for Temporal, so
# that neither reads the other's data.
set -eu
: "${TEMPORAL_DB_PASSWORD:?}"
psql -v ON_ERROR_STOP=1 -v password="$TEMPORAL_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role temporal login password :'password' createdb;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
SQL
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -c "alter database \"$POSTGRES_DB\" set session_preload_libraries = 'age'"
