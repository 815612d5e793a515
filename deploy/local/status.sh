# ./dev status: what runs, where, and how it feels. Exit 0 when all of it is well.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# condition NAME VARIABLE : in one word; sets pid. `current` holds who is ready, `asked` who is
# finding it out.
condition() {
  pid=
  if ! find_process "$1"; then
    pid=-
    printf -v "$2" down
    [[ $1 != gateway ]] || ! gateway_closed || printf -v "$2" closed
  elif [[ $stat_state == [Tt] ]]; then
    printf -v "$2" frozen
  elif [[ -n ${current[$1]:-} ]] || wait "${asked[$1]}"; then
    printf -v "$2" ready
  else
    printf -v "$2" 'not ready'
  fi
}

# resident_mebibytes PID VARIABLE : of this one process; a server that forks has more.
resident_mebibytes() {
  local kind kibibytes _
  printf -v "$2" -- -
  if [[ -r /proc/$1/status ]]; then
    while read -r kind kibibytes _; do
      [[ $kind != VmRSS: ]] || printf -v "$2" '%d' "$(((kibibytes + 512) / 1024))"
    done <"/proc/$1/status"
  fi
}

# status [NAME...] : the names are of those known to be ready, who are not asked again.
status() {
  prepare_control
  local name feeling pid resident well=0 format='%-12s %-10s %8s %7s %9s\n'
  local -A asked=() current=()
  for name in "$@"; do
    current[$name]=yes
  done
  for name in "${names[@]}"; do
    [[ -z ${current[$name]:-} ]] || continue
    ready "$name" &
    asked[$name]=$!
  done
  # shellcheck disable=SC2059
  printf "$format" NAME STATE PID PORT 'RSS MiB'
  for name in "${names[@]}"; do
    condition "$name" feeling
    [[ $feeling == ready ]] || well=1
    resident_mebibytes "$pid" resident
    # shellcheck disable=SC2059
    printf "$format" "$name" "$feeling" "$pid" "${port[$name]}" "$resident"
  done
  return $well
}
