#!/bin/sh
# Temporal's own tables, brought up to the version of this image; run twice, done once.
set -eu

SCHEMAS=${SCHEMAS:-/etc/temporal/schema}

for database in temporal temporal_visibility; do
    case $database in
        temporal) versions=temporal ;;
        temporal_visibility) versions=visibility ;;
    esac
    set -- --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" --db "$database"
    temporal-sql-tool "$@" setup-schema -v 0.0
    temporal-sql-tool "$@" update-schema -d "$SCHEMAS/postgresql/v12/$versions/versioned"
done
echo 'schemas are up to date'
