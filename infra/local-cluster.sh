#!/usr/bin/env bash
# A cluster on this machine without containers: PostgreSQL from the installed binaries in a folder of its own, Azurite if
# npm has installed it (else checkpoints are files), and silos, each a process.
#
#   infra/local-cluster.sh start FOLDER     starts everything; FOLDER gets the logs, the process ids and the checkpoints
#   infra/local-cluster.sh silo FOLDER N    starts silo N again after it ended
#   infra/local-cluster.sh stop FOLDER      stops everything in good order; the database is removed, FOLDER stays
#
# Settings of the silos are given in the environment (Gristmill__Parallelism=6, Flights__Input=...) and kept for 'silo'.
#   GRISTMILL_SILOS         how many silos; default 3
#   GRISTMILL_SILO_PROGRAM  the silo's assembly; default: samples/FlightsCluster, built now
#   GRISTMILL_ORLEANS_SQL   see infra/postgres/init.sh
#   GRISTMILL_STORE         'files' even where Azurite is there; 'given': what Gristmill__Checkpoints__... say, for
#                           PostgreSql without a connection string the cluster's own database
#   GRISTMILL_LOCAL_COPIES  'yes': each silo keeps copies of what it writes in a folder of its own
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

[ $# -ge 2 ] || fail "Usage: $0 start FOLDER | silo FOLDER N | stop FOLDER" 2
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
used=" "

free_port() {
  # Below the ports the system deals out by itself.
  local port
  while :; do
    port=$((10000 + RANDOM % 20000))
    case $used in *" $port "*) continue ;; esac
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  used="$used$port "
  free=$port
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

postgres_bin() {
  local bin
  for bin in "$(dirname "$(command -v pg_ctl || echo /none/pg_ctl)")" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    if [ -x "$bin/pg_ctl" ] && [ -x "$bin/initdb" ] && [ -x "$bin/createdb" ] && [ -x "$bin/psql" ]; then
      echo "$bin"
      return
    fi
  done
  fail "PostgreSQL is not installed: there is no pg_ctl in PATH or /usr/lib/postgresql. Install it, or use infra/compose.yaml." 3
}

start_postgres() {
  local data
  bin=$(postgres_bin)
  data=$(mktemp -d "${TMPDIR:-/tmp}/gristmill-postgres-XXXXXX")
  echo "$bin" > "$folder/postgres.bin"
  echo "$data" > "$folder/postgres.data"
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail "PostgreSQL does not run as root, and there is no user 'postgres' to run it as; run this as another user." 3
    chown postgres "$data"
  fi
  free_port
  as_postgres "$bin/initdb" -D "$data/db" -U gristmill -A trust -E UTF8 --no-locale >"$folder/postgres.log" 2>&1 \
    || fail "PostgreSQL's initdb failed; see $folder/postgres.log."
  as_postgres "$bin/pg_ctl" -D "$data/db" -w -l "$data/log" -o "-c listen_addresses=127.0.0.1 -p $free -k $data -c max_connections=200" start >>"$folder/postgres.log" 2>&1 \
    || fail "PostgreSQL did not start; see $folder/postgres.log and $data/log."
  export PGHOST=127.0.0.1 PGPORT=$free PGUSER=gristmill PGDATABASE=gristmill
  "$bin/createdb"
  PATH="$bin:$PATH" sh "$here/postgres/init.sh" >>"$folder/postgres.log"
  echo "Host=127.0.0.1;Port=$free;Username=gristmill;Database=gristmill;Maximum Pool Size=20" > "$folder/connection"
  echo "PostgreSQL on port $free, data in $data"
}

start_store() {
  local azurite
  if [ "${GRISTMILL_STORE:-}" = given ]; then
    echo "Checkpoints in ${Gristmill__Checkpoints__Kind:?is missing; set it, or another GRISTMILL_STORE}"
    if [ "$Gristmill__Checkpoints__Kind" = PostgreSql ]; then
      export Gristmill__Checkpoints__ConnectionString="${Gristmill__Checkpoints__ConnectionString:-$(cat "$folder/connection")}"
    fi
    return
  fi
  azurite=$(command -v azurite-blob || true)
  if [ -z "$azurite" ] || [ "${GRISTMILL_STORE:-}" = files ]; then
    export Gristmill__Checkpoints__Kind=Files Gristmill__Checkpoints__Folder="${Gristmill__Checkpoints__Folder:-$folder/checkpoints}"
    echo "Checkpoints in $Gristmill__Checkpoints__Folder"
    return
  fi
  free_port
  nohup "$azurite" --blobHost 127.0.0.1 --blobPort "$free" --location "$folder/azurite" --silent --skipApiVersionCheck </dev/null >"$folder/azurite.log" 2>&1 &
  echo $! > "$folder/azurite.pid"
  # The account and key every Azurite has, in its documentation; no secret.
  export Gristmill__Checkpoints__Kind=AzureBlobs
  export Gristmill__Checkpoints__ConnectionString="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:$free/devstoreaccount1;"
  echo "Checkpoints in Azurite on port $free, process $(cat "$folder/azurite.pid")"
}

start_silo() {
  local n=$1
  [ -f "$folder/silo-$n.settings" ] || fail "$folder has no silo $n; it has: $(cd "$folder" && ls silo-*.settings 2>/dev/null | tr '\n' ' ')" 2
  (
    set -a
    . "$folder/settings"
    . "$folder/silo-$n.settings"
    set +a
    cd "$folder"
    nohup "${DOTNET_HOST_PATH:-dotnet}" exec "$(cat "$folder/program")" silo </dev/null >>"$folder/silo-$n.log" 2>&1 &
    echo $! > "$folder/silo-$n.pid"
  )
}

wait_for_silo() {
  local n=$1 health pid
  health=$(cat "$folder/silo-$n.health")
  pid=$(cat "$folder/silo-$n.pid")
  for _ in $(seq 600); do
    curl -fs -o /dev/null "http://127.0.0.1:$health/healthz/ready" && return
    kill -0 "$pid" 2>/dev/null || fail "Silo $n has ended: $(tail -n 5 "$folder/silo-$n.log")"
    sleep 0.1
  done
  fail "Silo $n is not ready after a minute; see $folder/silo-$n.log."
}

start() {
  local silos=${GRISTMILL_SILOS:-3} n program
  [ ! -f "$folder/connection" ] || fail "$folder has a cluster already; stop it first: $0 stop $folder" 2
  program=${GRISTMILL_SILO_PROGRAM:-}
  if [ -z "$program" ]; then
    dotnet build "$here/../samples/FlightsCluster" -c Release -o "$folder/program.bin" -v quiet --nologo
    program=$folder/program.bin/Gristmill.FlightsCluster.dll
  fi
  echo "$program" > "$folder/program"
  start_postgres
  start_store
  export Gristmill__Clustering__Kind=AdoNet Gristmill__Clustering__ConnectionString="$(cat "$folder/connection")"
  export Gristmill__Endpoints__AdvertisedAddress=127.0.0.1
  export Flights__Output="${Flights__Output:-$folder/out}"
  export -p | grep -E '^declare -x (Gristmill|Flights)__' > "$folder/settings"
  for n in $(seq "$silos"); do
    {
      free_port; echo "Gristmill__Endpoints__SiloPort=$free"
      free_port; echo "Gristmill__Endpoints__GatewayPort=$free"
      free_port; echo "Gristmill__HealthPort=$free"
      echo "$free" > "$folder/silo-$n.health"
      if [ "${GRISTMILL_LOCAL_COPIES:-}" = yes ]; then echo "Gristmill__Checkpoints__LocalCopies__Folder=$folder/copies-$n"; fi
      # The last one starts the jobs, and at once: then all silos are there to take their part.
      if [ "$n" = "$silos" ]; then echo "Gristmill__AutoStartDelay=00:00:00"; else echo "Gristmill__AutoStart=false"; fi
    } > "$folder/silo-$n.settings"
  done
  for n in $(seq $((silos - 1))); do start_silo "$n"; done
  for n in $(seq $((silos - 1))); do wait_for_silo "$n"; done
  start_silo "$silos"
  wait_for_silo "$silos"
  for n in $(seq "$silos"); do
    echo "silo $n: process $(cat "$folder/silo-$n.pid"), http://127.0.0.1:$(cat "$folder/silo-$n.health")/healthz/ready, log $folder/silo-$n.log"
  done
  echo "To stop all: $0 stop $folder"
}

stop() {
  local file pid
  for file in "$folder"/silo-*.pid; do
    [ -f "$file" ] && kill -TERM "$(cat "$file")" 2>/dev/null || true
  done
  for file in "$folder"/silo-*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    for _ in $(seq 900); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null && echo "Silo process $pid did not end by itself." >&2 || true
    rm -f "$file"
  done
  if [ -f "$folder/azurite.pid" ]; then
    kill "$(cat "$folder/azurite.pid")" 2>/dev/null || true
    rm -f "$folder/azurite.pid"
  fi
  if [ -f "$folder/postgres.data" ]; then
    as_postgres "$(cat "$folder/postgres.bin")/pg_ctl" -D "$(cat "$folder/postgres.data")/db" -m fast -w stop >>"$folder/postgres.log" 2>&1 || true
    rm -rf "$(cat "$folder/postgres.data")"
    rm -f "$folder/postgres.data" "$folder/postgres.bin" "$folder/connection"
  fi
}

case $command in
  start) start ;;
  silo)
    [ $# -eq 3 ] || fail "Usage: $0 silo FOLDER N" 2
    start_silo "$3"
    wait_for_silo "$3"
    ;;
  stop) stop ;;
  *) fail "Usage: $0 start FOLDER | silo FOLDER N | stop FOLDER" 2 ;;
esac
