#!/bin/bash
# Run by the PostgreSQL image when it makes its cluster: the service's own role, which owns its own
# database and may do nothing else.
set -eu

psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres \
  -v role="$SERVICE" -v password="$(cat "/run/secrets/$SERVICE-database-password")" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;
SQL
