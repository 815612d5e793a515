# Which port belongs to which process. Chosen once, kept in $state/ports while anything runs.
# shellcheck shell=bash

declare -A default_port=(
  [gateway]=8080 [user]=8081 [catalog]=8082 [order]=8083 [payment]=8084 [psp]=8085
  [redis]=16379 [user-db]=15431 [catalog-db]=15432 [order-db]=15433 [payment-db]=15434
)
declare -A port=()

# The health port of a service stands beside its port; the gateway's status, the same way.
health_port() { printf '%s' "$((port[$1] + 1000))"; }

# load_ports : as they were chosen. What has come since, a new service, is as far from its default
# as the others are.
load_ports() {
  local name number
  [[ -f $state/ports ]] || return 1
  while read -r name number; do port[$name]=$number; done <"$state/ports"
  for name in "${names[@]}"; do
    [[ -n ${port[$name]:-} ]] ||
      port[$name]=$((default_port[$name] + port[gateway] - default_port[gateway]))
  done
}

# listening_ports : every TCP port somebody listens on, one a line. Read from the kernel rather than
# tried by connecting: a full backlog or a frozen process is taken all the same. Whole, before it is
# looked at: `read` goes back to the end of its line, to which the kernel counts from the beginning.
listening_ports() {
  local table address status _
  for table in /proc/net/tcp /proc/net/tcp6; do
    [[ -r $table ]] || continue
    while read -r _ address _ status _; do
      [[ $status != 0A ]] || printf '%d\n' "0x${address##*:}"
    done <<<"$(<"$table")"
  done
}

# A checkout's claim on the ports at an offset: a link to its folder of running processes. Who
# listens is not enough to go by, since what was killed is started again, and on the same port.
claims=/tmp/mercato-ports-$EUID

# claimed_by_another OFFSET : by a checkout that has something running, or is about to.
claimed_by_another() {
  local claim=$claims/$1 pid
  [[ -d $claim && $(readlink "$claim") != "$run" ]] || return 1
  [[ -z $(find "$claim" -mmin -1) ]] || return 0
  while read -r pid; do
    [[ -z $pid || ! -d /proc/$pid ]] || return 0
  done < <(cat "$claim"/*.pid 2>/dev/null)
  return 1
}

# look_who_listens : sets taken, which its caller has made, for what follows.
look_who_listens() {
  local number
  while read -r number; do taken[$number]=1; done < <(listening_ports)
}

# is_free NAME NUMBER : nobody listens on it, nor on the port that NAME has beside it.
is_free() {
  [[ -z ${taken[$2]:-} ]] || return 1
  [[ $1 == gateway ]] || is_service "$1" || return 0
  [[ -z ${taken[$(($2 + 1000))]:-} ]]
}

# are_free OFFSET : nobody listens on, or has a claim to, any of the ports moved up by so much.
are_free() {
  local name
  ! claimed_by_another "$1" || return 1
  for name in "${!default_port[@]}"; do
    is_free "$name" "$((default_port[$name] + $1))" || return 1
  done
}

# choose_ports : the defaults, or all of them moved up together by the same number of hundreds until
# every one is free, so that a second checkout reads like the first. The lock, by which two that
# come up together choose one after the other, ends with this shell.
choose_ports() {
  local -A taken=()
  local name offset
  with_lock "$claims.lock"
  look_who_listens
  for ((offset = 0; offset < 10000; offset += 100)); do
    ! are_free "$offset" || break
  done
  ((offset < 10000)) || die "no free ports found"
  for name in "${names[@]}"; do
    port[$name]=$((default_port[$name] + offset))
    say "$name ${port[$name]}"
  done >"$state/ports"
  mkdir -p "$claims"
  ln -sfn "$run" "$claims/$offset"
}

# keep_new_ports : writes down what load_ports made of those that came since the others were chosen.
keep_new_ports() {
  local -A kept=() taken=()
  local name
  while read -r name _; do kept[$name]=1; done <"$state/ports"
  for name in "${names[@]}"; do
    [[ -z ${kept[$name]:-} ]] || continue
    ((${#taken[@]} > 0)) || look_who_listens
    is_free "$name" "${port[$name]}" ||
      die "somebody listens on the port of $name, ${port[$name]}: ./dev down, and others are chosen"
    say "$name ${port[$name]}" >>"$state/ports"
  done
}

# release_ports : gives up whatever this checkout has a claim to.
release_ports() {
  local claim
  for claim in "$claims"/*; do
    [[ $(readlink "$claim") != "$run" ]] || rm -f "$claim"
  done
}
