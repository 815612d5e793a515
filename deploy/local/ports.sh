# Which port belongs to which process. Chosen once, kept in $state/ports while anything runs.
# shellcheck shell=bash

declare -A default_port=(
  [gateway]=8080 [user]=8081 [catalog]=8082 [order]=8083 [payment]=8084 [psp]=8085
  [redis]=16379 [user-db]=15431 [catalog-db]=15432 [order-db]=15433 [payment-db]=15434
)
declare -A port=()

# The health port of a service stands beside its port; the gateway's status, the same way.
health_port() { printf '%s' "$((port[$1] + 1000))"; }

load_ports() {
  local name number
  [[ -f $state/ports ]] || return 1
  while read -r name number; do port[$name]=$number; done <"$state/ports"
}

# listening_ports : every TCP port somebody listens on, one a line. Read from the kernel rather than
# tried by connecting: a full backlog or a frozen process is taken all the same.
listening_ports() {
  local table address status _
  for table in /proc/net/tcp /proc/net/tcp6; do
    [[ -r $table ]] || continue
    while read -r _ address _ status _; do
      [[ $status != 0A ]] || printf '%d\n' "0x${address##*:}"
    done <"$table"
  done
}

# choose_ports : the defaults, or all of them moved up together by the same number of hundreds until
# every one is free, so that a second checkout reads like the first.
choose_ports() {
  local -A taken=()
  local number name offset clash
  while read -r number; do taken[$number]=1; done < <(listening_ports)
  for ((offset = 0; offset < 10000; offset += 100)); do
    clash=0
    for name in "${!default_port[@]}"; do
      port[$name]=$((default_port[$name] + offset))
      [[ -z ${taken[${port[$name]}]:-} ]] || clash=1
      [[ $name != gateway ]] && ! is_service "$name" ||
        [[ -z ${taken[$(health_port "$name")]:-} ]] || clash=1
    done
    ((clash)) || break
  done
  ((clash == 0)) || die "no free ports found"
  for name in "${names[@]}"; do say "$name ${port[$name]}"; done >"$state/ports"
}
