# ./dev down: stops everything, in the opposite order of starting.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# wipe : what we made and nothing else, whatever folder MERCATO_STATE names.
wipe() {
  rm -rf "$run" "$log" "$data" "$secrets" "$state/gateway" "$state/first" "$state/env" \
    "$state/ports" "$state/rate-limits" "$state/traces-share" "$state/tls"
  rmdir "$state" 2>/dev/null || true
  say "all data and secrets are gone"
}

down() {
  case ${1:-} in
    '' | --wipe) ;;
    *) die "down takes --wipe or nothing" ;;
  esac
  if [[ -d $run ]]; then
    with_lock "$run/up.lock"
    alone stop_name gateway
    together stop_name "${services[@]}"
    together stop_name psp redis "${databases[@]}"
  fi
  [[ ${1:-} != --wipe ]] || wipe
}
