# ./dev status: what runs, where, and how it feels. Exit 0 when all of it is well.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# condition NAME VARIABLE : in one word; sets pid. `asked` holds who is finding out if it is ready.
condition() {
  pid=
  if ! find_process "$1"; then
    pid=-
    printf -v "$2" down
  elif [[ $stat_state == [Tt] ]]; then
    printf -v "$2" frozen
  elif wait "${asked[$1]}"; then
    printf -v "$2" ready
  else
    printf -v "$2" 'not ready'
  fi
}

# resident_mebibytes PID : of this one process; a server that forks has more.
resident_mebibytes() {
  local kind kibibytes _
  if [[ -r /proc/$1/status ]]; then
    while read -r kind kibibytes _; do
      [[ $kind != VmRSS: ]] || printf '%d' "$(((kibibytes + 512) / 1024))"
    done <"/proc/$1/status"
  else
    printf -- -
  fi
}

status() {
  prepare_control
  local name feeling pid well=0 format='%-12s %-10s %8s %7s %9s\n'
  local -A asked=()
  for name in "${names[@]}"; do
    ready "$name" &
    asked[$name]=$!
  done
  # shellcheck disable=SC2059
  printf "$format" NAME STATE PID PORT 'RSS MiB'
  for name in "${names[@]}"; do
    condition "$name" feeling
    [[ $feeling == ready ]] || well=1
    # shellcheck disable=SC2059
    printf "$format" "$name" "$feeling" "$pid" "${port[$name]}" \
      "$(resident_mebibytes "$pid")"
  done
  return $well
}
