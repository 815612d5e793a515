# ./dev up: from whatever is there to a running shop, behind a closed gateway after `./dev restore`.
# shellcheck shell=bash

# shellcheck source=deploy/local/packages.sh
source "$root/deploy/local/packages.sh"
# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"
# shellcheck source=deploy/local/status.sh
source "$root/deploy/local/status.sh"

any_running() {
  local name
  for name in "${names[@]}"; do
    ! running "$name" || return 0
  done
  return 1
}

# settle_ports : keeps the ports while anything runs with them, else takes free ones.
settle_ports() {
  if load_ports && any_running; then keep_new_ports; else choose_ports; fi
}

# check_wishes WORD... : refuses what nobody can wish for, before minutes are spent on it.
check_wishes() {
  [[ $* == '' || $* == --tls ]] || die "up takes --tls or nothing"
  [[ ${RATE_LIMITS:-on} =~ ^(on|off)$ ]] || die "RATE_LIMITS is '$RATE_LIMITS': on or off"
  [[ ${TRACES_SHARE:-1} =~ ^(0|1|0\.[0-9]+)$ ]] ||
    die "TRACES_SHARE is '$TRACES_SHARE': from 0 to 1"
}

# settle FILE WISH : what was not wished for stays as it is while anything runs.
settle() {
  if [[ -n $2 ]]; then
    printf '%s\n' "$2" >"$1"
  else
    any_running || rm -f "$1"
  fi
}

# outdated NAME : it runs, but an older program or with other settings than it would be started
# with.
outdated() {
  local name=$1 pid
  case $name in
    redis) [[ $(cat "$run/redis.tls" 2>/dev/null) != "$(tls)" ]] ;;
    *-db)
      find_process "$name" || return 1
      ! listens_as_wished "$pid"
      ;;
    gateway) ! gateway_configuration_current ;;
    *)
      find_process "$name" || return 1
      [[ $(readlink "/proc/$pid/exe") != "$(binary_of "$name")" ]] ||
        [[ $(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null) != "$(<"$run/$name.environment")" ]]
      ;;
  esac
}

migrate() {
  local service
  for service in "$@"; do
    service_command "$service" migrate >>"$log/$service.log" 2>&1 ||
      die "the migration of $service failed; see $log/$service.log"
  done
}

# stop_outdated : stops what is outdated, in the order of dependence. Sets current to the names of
# what runs and is ready. All are looked at at once: one after the other they are half of what an
# `up` with nothing to do takes.
stop_outdated() {
  local name answer is_outdated=3 order=(gateway "${services[@]}" psp redis "${databases[@]}")
  local -A asked=()
  for name in "${order[@]}"; do
    running "$name" || continue
    { ! outdated "$name" || exit "$is_outdated"; ready "$name"; } &
    asked[$name]=$!
  done
  current=()
  for name in "${order[@]}"; do
    [[ -n ${asked[$name]:-} ]] || continue
    answer=0 && wait "${asked[$name]}" || answer=$?
    case $answer in
      0) current[$name]=yes ;;
      "$is_outdated") alone stop_name "$name" ;;
    esac
  done
}

# start_missing : stops what is outdated and starts what is not running, in the order of dependence,
# but no gateway that is closed. Sets started when there was anything to do, and current, as
# stop_outdated does.
start_missing() {
  local name missing=() missing_services=() missing_stores=()
  stop_outdated
  for name in "${names[@]}"; do
    [[ -z ${current[$name]:-} ]] || continue
    [[ $name != gateway ]] || ! gateway_closed || continue
    missing+=("$name")
    if is_service "$name"; then
      missing_services+=("$name")
    elif [[ $name != gateway ]]; then
      missing_stores+=("$name")
    fi
  done
  started=${#missing[@]}
  ((started > 0)) || return 0

  together start_name "${missing_stores[@]}" || die "not everything came up"
  migrate "${missing_services[@]}"
  together start_name "${missing_services[@]}" || die "not everything came up"
  gateway_closed || alone start_name gateway
}

# fill_first_time : an admin, a catalog and a first order; each only once per installation.
fill_first_time() {
  local settings
  if [[ ! -f $state/first/admin ]]; then
    mapfile -t settings <"$run/user.environment"
    env -i "${settings[@]}" ADMIN_EMAIL=admin@mercato.example \
      ADMIN_PASSWORD_FILE="$secrets/admin-password" "$(binary_of user)" create-admin \
      >>"$log/user.log" 2>&1 || die "the admin could not be made; see $log/user.log"
    : >"$state/first/admin"
  fi
  if [[ ! -f $state/first/catalog ]]; then
    "$python" "$root/deploy/local/seed.py"
    : >"$state/first/catalog"
  fi
  # Databases that were restored may know neither this order nor this installation's admin.
  [[ -f $state/first/order ]] || "$python" "$root/deploy/local/first_order.py" "$state/first/order"
}

up() {
  check_wishes "$@"
  umask 077
  with_lock "$run/up.lock"
  mkdir -p "$log" "$data/redis" "$data/psp" "$data/mail" "$state/first"
  install_missing_packages
  build_binaries
  settle_ports
  settle "$state/rate-limits" "${RATE_LIMITS:-}"
  settle "$state/traces-share" "${TRACES_SHARE:-}"
  settle "$state/tls" "${1:+on}"
  make_secrets
  make_certificates
  write_database_urls
  write_environments
  write_env

  local started=0
  local -A current
  start_missing
  export MERCATO_STATE=$state
  # The first order comes in through the gateway.
  if ! gateway_closed && { ((started > 0)) || [[ ! -f $state/first/order ]]; }; then
    fill_first_time
  fi
  # What was looked at just now need not be looked at again, unless something has changed since.
  ((started == 0)) || current=()
  if gateway_closed; then
    status "${!current[@]}" || true
    say
    say "the gateway stays closed since a restore, so that nobody buys what is sold already. Next:"
    say_what_opens_it
    return 1
  fi
  status "${!current[@]}"
  say
  say "gateway     $(url_of gateway)"
  say "for shells  source $(printf '%q' "${state#"$PWD"/}/env")"
}
