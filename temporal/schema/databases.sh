#!/bin/sh
# The databases and their owners, on a server that may have them already: nobody works as superuser.
set -eu

for password in "${PGPASSWORD:-}" "$TEMPORAL_DATABASE_PASSWORD" "$SYSOPS_DATABASE_PASSWORD"; do
    case "$password" in
        change-me* | changeme*) echo 'a password is still that of .env.example: change it' >&2; exit 1 ;;
    esac
done

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres \
    --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" \
    --set sysops_password="$SYSOPS_DATABASE_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', owner)
FROM unnest(ARRAY['temporal', 'sysops']) AS owner
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) \gexec

ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE sysops PASSWORD :'sysops_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('sysops', 'sysops'))
    AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
SQL
echo 'databases and their owners are there'
