# ./dev backup and ./dev restore: the four databases as files, each as of one moment.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# hold_databases : until this shell ends, no `up`, `down`, backup or restore gets in between. Looks
# at the installation only then: whom we waited for may have moved its ports, or wiped it.
hold_databases() {
  require_state
  umask 077  # after a `down --wipe` the folder of the lock is made anew
  with_lock "$run/up.lock" >&2  # what `backup` prints is the folder
  prepare_control
}

# in_database SERVICE PROGRAM ARGUMENT... : one of PostgreSQL's own programs as the service's role.
in_database() {
  local service=$1 bin
  bin=$(postgres_bin "$service-db")
  PGPASSWORD=$(secret "$service-database-password") PGHOST=127.0.0.1 PGPORT=${port[$service-db]} \
    PGUSER=$service PGDATABASE=$service "$bin/$2" "${@:3}"
}

# backup [FOLDER] : a dump per service, all of them or none: beside those of another day some would
# be taken for one backup with them.
backup() {
  hold_databases
  local folder service dumps
  folder=${1:-$state/backup/$(date -u +%Y%m%dT%H%M%SZ)}
  mkdir -p "$folder"
  dumps=$(mktemp -d "$folder/.new.XXXXXX")
  # shellcheck disable=SC2064  # the folder as it is now; also where we are interrupted
  trap "rm -rf $(printf '%q' "$dumps")" EXIT
  for service in "${services[@]}"; do
    in_database "$service" pg_dump --format=custom --no-owner --no-privileges \
      --file="$dumps/$service.dump"
  done
  mv "$dumps"/*.dump "$folder"
  say "$folder"
}

# restore FOLDER [SERVICE...] : puts these databases (all of them when none is named) back to what
# they were, behind a closed gateway: what was sold since is on the shelf again, and would be sold
# once more. It stays closed, also for `./dev up`, until somebody has looked at what `reconcile`
# finds and starts it.
restore() {
  hold_databases
  local folder=$1 service scripts failed=()
  local -A named=()
  shift
  (($# > 0)) || set -- "${services[@]}"
  for service in "$@"; do
    is_service "$service" || die "unknown service '$service': one of ${services[*]}"
    [[ -z ${named[$service]:-} ]] || die "$service is named twice"
    named[$service]=1
    [[ -f $folder/$service.dump ]] || die "there is no $folder/$service.dump"
  done
  scripts=$(mktemp -d "$data/restore.XXXXXX")
  # shellcheck disable=SC2064  # the folder as it is now; also where we are interrupted
  trap "rm -rf $(printf '%q' "$scripts")" EXIT
  for service in "$@"; do
    read_dump "$service" "$folder/$service.dump" "$scripts/$service.sql" ||
      die "$folder/$service.dump cannot be read; nothing was changed"
  done
  close_gateway "$@"
  hold_names "$@"
  together stop_name "$@"
  for service in "$@"; do
    put_back "$service" "$scripts/$service.sql" || failed+=("$service")
  done
  together start_name "$@" || die "not everything came up; the gateway is stopped"
  ((${#failed[@]} == 0)) ||
    die "not restored: ${failed[*]}; the gateway stays stopped until ./dev start gateway"
  say "restored; the gateway is stopped, so that nobody buys what is sold already. Next:"
  say_what_opens_it
}

# read_dump SERVICE DUMP SCRIPT : all of it, before anything is touched: half of one is good SQL as
# well.
read_dump() {
  in_database "$1" pg_restore --no-owner --no-privileges --file="$3" "$2"
}

# put_back SERVICE SCRIPT : in one transaction: what cannot be restored stays as it was. The backup
# may be older than the program.
put_back() {
  in_database "$1" psql --quiet --no-psqlrc --single-transaction \
    --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse \
    --command='SET client_min_messages = warning' \
    --command='DROP SCHEMA public CASCADE' --command='CREATE SCHEMA public' \
    --file="$2" >/dev/null || {
    warn "$1 could not be restored, and is as it was"
    return 1
  }
  # What has not happened any more is not to be heard of. Without Redis there is nothing to forget.
  redis_command DEL "events.$1" >/dev/null || true
  service_command "$1" migrate >>"$log/$1.log" 2>&1 || {
    warn "the migration of $1 failed; see $log/$1.log"
    return 1
  }
}
