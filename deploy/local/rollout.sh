# ./dev rollout NAME: a new process takes the place of the running one without a request being lost.
#
# It gets the listening sockets from the one that runs (HANDOVER_SOCKET), serves as soon as it is
# ready, and tells the other to let its connections go. See docs/rolling-out.md.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# Longer than a process waits for its last idle connection (35 s) and its last request (15 s).
rollout_patience_s=90

# remember_process NAME PID STARTED : the process that NAME means from now on.
remember_process() {
  printf '%s\n' "$2" >"$run/$1.pid"
  printf '%s %s\n' "$2" "$3" >"$run/$1.started"
}

# runs_still PID STARTED : whether that very process is alive.
runs_still() { read_stat "$1" && [[ $stat_started == "$2" ]]; }

# await_take_over NAME PID STARTED : waits for that process to end; fails when its successor does.
await_take_over() {
  local deadline=$(($(milliseconds) + rollout_patience_s * 1000))
  while runs_still "$2" "$3"; do
    running "$1" || return 1
    (($(milliseconds) < deadline)) || return 1
    sleep 0.05
  done
  running "$1"
}

rollout_name() {
  local name=$1 pid old started successor began
  began=$(milliseconds)
  if ! find_process "$name"; then
    start_name "$name"
    return
  fi
  old=$pid started=$stat_started
  [[ -S $run/$name.handover ]] ||
    die "$name was started by a release that cannot hand over: ./dev restart $name"
  service_command "$name" migrate >>"$log/$name.log" 2>&1 ||
    die "the migration of $name failed; see $log/$name.log"
  # Until it is known which of the two goes on, nobody may stop looking: the files name the new one,
  # and the old one would serve unknown. A handler, since what is ignored the new one would ignore.
  trap 'warn "$name: this ends by itself, within $rollout_patience_s s"' INT TERM
  trap : HUP
  launch_program "$name"
  successor=$(<"$run/$name.pid")
  # One that ended before anybody had seen it left the files as they were: they name the old one.
  if [[ $successor == "$old" ]] || ! await_take_over "$name" "$old" "$started"; then
    [[ $successor == "$old" ]] || end_processes "$successor"
    runs_still "$old" "$started" || die "neither the old $name nor the new one runs: ./dev up"
    remember_process "$name" "$old" "$started"
    warn "the new $name did not take over; the end of its log:"
    tail -n 5 "$log/$name.log" >&2
    die "$name goes on as it was (pid $old)"
  fi
  say "$name went from pid $old to $successor in $(($(milliseconds) - began)) ms"
}

rollout() {
  prepare_control
  local name=$1
  is_service "$name" || die "only a service can be rolled out: ${services[*]}"
  build_targets "$name-service"
  write_environments
  alone rollout_name "$name"
}
