# ./dev down: stops everything, in the opposite order of starting.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# wipe : what we made and nothing else, whatever folder MERCATO_STATE names. Backups stay.
wipe() {
  rmdir "$state/backup" 2>/dev/null || true  # where it is empty
  rm -f "$state/.env.new"
  rm -rf "$run" "$log" "$data" "$secrets" "$state/gateway" "$state/first" "$state/env" \
    "$state/ports" "$state/rate-limits" "$state/traces-share" "$state/tls" "$restored"
  rmdir "$state" 2>/dev/null || true
  if [[ -d $state/backup ]]; then
    say "all data and secrets are gone but for the backups in $state/backup"
  else
    say "all data and secrets are gone"
  fi
}

down() {
  umask 077  # where we wait for another `down --wipe`, its folder is made anew for the lock
  case ${1:-} in
    '' | --wipe) ;;
    *) die "down takes --wipe or nothing" ;;
  esac
  if [[ -d $run ]]; then
    with_lock "$run/up.lock"
    alone stop_name gateway
    together stop_name "${services[@]}"
    together stop_name psp redis "${databases[@]}"
    release_ports
  fi
  [[ ${1:-} != --wipe ]] || wipe
}
