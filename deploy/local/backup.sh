# ./dev backup and ./dev restore: the four databases as files, each as of one moment.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# in_database SERVICE PROGRAM ARGUMENT... : one of PostgreSQL's own programs as the service's role.
in_database() {
  local service=$1 bin
  bin=$(postgres_bin "$service-db")
  PGPASSWORD=$(secret "$service-database-password") PGHOST=127.0.0.1 PGPORT=${port[$service-db]} \
    PGUSER=$service PGDATABASE=$service "$bin/$2" "${@:3}"
}

# backup [FOLDER] : a dump per service, whole or not there at all.
backup() {
  prepare_control
  local folder service
  folder=${1:-$state/backup/$(date -u +%Y%m%dT%H%M%SZ)}
  mkdir -p "$folder"
  for service in "${services[@]}"; do
    in_database "$service" pg_dump --format=custom --no-owner --no-privileges \
      --file="$folder/.$service.new"
    mv "$folder/.$service.new" "$folder/$service.dump"
  done
  say "$folder"
}

# restore FOLDER [SERVICE...] : puts these databases (all of them when none is named) back to what
# they were. Each in one transaction: what cannot be restored stays as it is.
restore() {
  prepare_control
  local folder=$1 service
  shift
  (($# > 0)) || set -- "${services[@]}"
  for service in "$@"; do
    is_service "$service" || die "unknown service '$service': one of ${services[*]}"
    [[ -f $folder/$service.dump ]] || die "there is no $folder/$service.dump"
  done
  for service in "$@"; do restore_service "$service" "$folder/$service.dump"; done
  say "restored; ./dev reconcile names what the others know that is gone, --repair SERVICE mends it"
}

# restore_service SERVICE DUMP : the dump is read whole before anything is touched: half of one is
# good SQL as well.
restore_service() {
  local script failed=0
  script=$(mktemp "$state/restore.XXXXXX")
  if ! in_database "$1" pg_restore --no-owner --no-privileges --file="$script" "$2"; then
    rm -f "$script"
    die "$2 cannot be read; nothing was changed"
  fi
  alone stop_name "$1"
  in_database "$1" psql --quiet --no-psqlrc --single-transaction \
    --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse \
    --command='SET client_min_messages = warning' \
    --command='DROP SCHEMA public CASCADE' --command='CREATE SCHEMA public' \
    --file="$script" >/dev/null || failed=1
  rm -f "$script"
  alone start_name "$1"
  ((failed == 0)) || die "$1 could not be restored, and is as it was"
}
