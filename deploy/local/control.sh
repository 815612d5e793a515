# Starting and ending one process by its name.
# shellcheck shell=bash

for part in processes ports secrets certificates build clusters environment gateway; do
  # shellcheck source=/dev/null
  source "$root/deploy/local/$part.sh"
done
unset part

prepare_control() {
  require_state
  load_ports || die "no ports are chosen yet: run ./dev up"
  umask 077
}

# launch_program NAME : launches the program behind a service or the provider sandbox.
launch_program() {
  local name=$1 settings
  mapfile -t settings <"$run/$name.environment"
  local arguments=()
  ! is_service "$name" || arguments=(serve)
  launch "$name" '' env -i "${settings[@]}" "$(binary_of "$name")" "${arguments[@]}"
}

launch_redis() {
  # Redis is never the only holder of anything here, so it keeps nothing on disk, and no more in
  # memory than elsewhere.
  local listen=(--port "${port[redis]}")
  if tls_on; then
    listen=(--port 0 --tls-port "${port[redis]}" --tls-auth-clients no
      --tls-cert-file "$secrets/redis-certificate.pem"
      --tls-key-file "$secrets/redis-certificate-key.pem" --tls-ca-cert-file "$authority")
  fi
  tls >"$run/redis.tls"
  launch redis '' env -i PATH=/usr/bin:/bin redis-server "${listen[@]}" --bind 127.0.0.1 \
    --dir "$data/redis" --save '' --appendonly no --daemonize no --loglevel notice \
    --maxmemory 128mb
}

# redis_command WORD... : its answer.
redis_command() {
  local encrypted=()
  ! tls_on || encrypted=(--tls --cacert "$authority")
  timeout 5 redis-cli -p "${port[redis]}" "${encrypted[@]}" "$@" 2>/dev/null
}

redis_ready() {
  local descriptor answer=
  if tls_on; then
    [[ $(redis_command PING) == PONG ]]
    return
  fi
  { exec {descriptor}<>"/dev/tcp/127.0.0.1/${port[redis]}"; } 2>/dev/null || return 1
  printf 'PING\r\n' 1>&"$descriptor" 2>/dev/null
  read -r -t 2 answer <&"$descriptor" 2>/dev/null || true
  exec {descriptor}>&-
  [[ $answer == +PONG* ]]
}

ready() {
  case $1 in
    *-db) cluster_ready "$1" ;;
    redis) redis_ready ;;
    gateway) gateway_ready ;;
    psp) [[ -n $(http_status "${port[psp]}" /livez) ]] ;;
    *) [[ $(http_status "$(health_port "$1")" /readyz) == 200 ]] ;;
  esac
}

# await_ready NAME SECONDS
await_ready() {
  local deadline=$(($(milliseconds) + $2 * 1000))
  until ready "$1"; do
    if ! running "$1"; then
      warn "$1 ended at once; the end of its log:"
      tail -n 5 "$log/$1.log" >&2
      return 1
    fi
    if (($(milliseconds) > deadline)); then
      warn "$1 runs but is not ready after $2 s; see $log/$1.log"
      return 1
    fi
    sleep 0.01
  done
}

launch_name() {
  case $1 in
    *-db) launch_cluster "$1" ;;
    redis) launch_redis ;;
    gateway) launch_gateway ;;
    *) launch_program "$1" ;;
  esac
}

# start_name NAME : no harm when it runs already, unless it is frozen: then it goes on.
start_name() {
  local name=$1 began pid
  began=$(milliseconds)
  if find_process "$name"; then
    [[ $stat_state != [Tt] ]] || kill -CONT "$pid"
    await_ready "$name" 30 || return 1
    say "$name runs already (pid $pid)"
    return
  fi
  end_leftovers "$name"
  launch_name "$name"
  await_ready "$name" 60 || return 1
  find_process "$name" || return 1
  say "$name is ready after $(($(milliseconds) - began)) ms (pid $pid)"
}

# stop_signal NAME : how to ask it to finish what it has begun, and no more.
stop_signal() {
  case $1 in
    *-db) printf INT ;;
    gateway) printf QUIT ;;
    *) printf TERM ;;
  esac
}

stop_name() {
  local name=$1 pid
  if ! find_process "$name"; then
    end_leftovers "$name"
    say "$name does not run"
    return
  fi
  [[ $stat_state != [Tt] ]] || kill -CONT "$pid"
  kill -"$(stop_signal "$name")" "$pid"
  if await_end 20 "$pid"; then
    say "$name stopped"
  else
    end_processes "$pid"
    say "$name did not stop within 20 s and was killed"
  fi
  end_leftovers "$name"
  rm -f "$run/$name.pid" "$run/$name.started"
}

restart_name() {
  stop_name "$1"
  start_name "$1"
}

declare -A held_by_us=()

# hold_names NAME... : until this shell ends, only it starts or stops them.
hold_names() {
  local name
  for name in "$@"; do
    with_lock "$run/$name.lock"
    held_by_us[$name]=1
  done
}

# alone FUNCTION NAME : nobody else starts or stops NAME meanwhile.
alone() {
  (
    [[ -n ${held_by_us[$2]:-} ]] || with_lock "$run/$2.lock"
    "$1" "$2"
  )
}

# together FUNCTION NAME... : side by side, since each mostly waits; fails when one of them does.
together() {
  local action=$1 name worker failed=0 workers=()
  shift
  for name in "$@"; do
    alone "$action" "$name" &
    workers+=($!)
  done
  for worker in "${workers[@]}"; do
    wait "$worker" || failed=1
  done
  return $failed
}

control_start() {
  prepare_control
  [[ $1 != gateway ]] || open_gateway
  alone start_name "$1"
}

control_stop() {
  prepare_control
  alone stop_name "$1"
}

control_restart() {
  prepare_control
  [[ $1 != gateway ]] || open_gateway
  alone restart_name "$1"
}

control_kill() {
  prepare_control
  local name=$1 signal=${2:-KILL} pid
  signal=${signal#SIG}
  kill -l "$signal" >/dev/null 2>&1 || die "there is no signal '$signal'"
  find_process "$name" || die "$name does not run"
  kill -"$signal" "$pid"
  if [[ $signal == KILL || $signal == 9 ]]; then
    await_end 10 "$pid" || die "$name is still there"
    # Nginx's workers would go on answering without their master: a crash takes the whole of it.
    end_leftovers "$name"
  elif [[ $signal == STOP ]]; then
    await_stop 10 "$pid" || die "$name goes on"
  fi
  say "$name got $signal (pid $pid)"
}

# service_command SERVICE ARGUMENT... : a subcommand of the service's own binary, with its settings.
service_command() {
  prepare_control
  local name=$1 settings
  shift
  mapfile -t settings <"$run/$name.environment"
  env -i "${settings[@]}" "$(binary_of "$name")" "$@"
}
