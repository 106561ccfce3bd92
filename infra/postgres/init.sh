#!/bin/sh
# Puts the tables and queries of Orleans into a PostgreSQL database: what AdoNet clustering, storage and reminders need.
# Does nothing where they are already. Which database: psql's own variables PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE.
#
# The scripts are Orleans' own. They are fetched from its repository at the version of the packages, or taken from
# GRISTMILL_ORLEANS_SQL, the folder src/AdoNet of a copy of that repository.
#
#   infra/postgres/init.sh                  prepares the database
#   infra/postgres/init.sh fetch FOLDER     only fetches the scripts, for a machine that has no way out
set -eu

version=v10.2.2
from=https://raw.githubusercontent.com/dotnet/orleans/$version/src/AdoNet
scripts="Shared/PostgreSQL-Main.sql
Orleans.Clustering.AdoNet/PostgreSQL-Clustering.sql
Orleans.Clustering.AdoNet/Migrations/PostgreSQL-Clustering-3.7.0.sql
Orleans.Persistence.AdoNet/PostgreSQL-Persistence.sql
Orleans.Reminders.AdoNet/PostgreSQL-Reminders.sql"

fetch() {
  for script in $scripts; do
    mkdir -p "$1/$(dirname "$script")"
    if command -v curl >/dev/null; then
      curl -fsSL --connect-timeout 10 -o "$1/$script" "$from/$script"
    else
      wget -q -T 10 -O "$1/$script" "$from/$script"
    fi || {
      echo "Can't fetch $script: set GRISTMILL_ORLEANS_SQL to the folder src/AdoNet of Orleans $version, or let this machine reach $from." >&2
      exit 1
    }
  done
}

if [ "${1:-}" = fetch ]; then
  fetch "$2"
  exit
fi

if [ "$(psql -X -A -t -c "SELECT to_regclass('orleansquery') IS NOT NULL")" = t ]; then
  echo "The database has Orleans' tables already."
  exit
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sql=${GRISTMILL_ORLEANS_SQL:-}
if [ -z "$sql" ]; then
  sql=$folder
  fetch "$sql"
fi

for script in $scripts; do
  # Some begin with a byte order mark, which psql does not take in the middle of a file.
  sed "1s/^$(printf '\357\273\277')//" "$sql/$script"
  echo
done > "$folder/all.sql"

# All or nothing: half a schema would pass for a whole one the next time.
PGOPTIONS="-c client_min_messages=warning" psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f "$folder/all.sql" >/dev/null
echo "The database has Orleans' tables now."
