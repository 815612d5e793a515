# Starting, finding and ending processes of ours, and of nobody else.
#
# A process is known by two files: NAME.pid (its pid alone, for scripts) and NAME.started (pid and
# the kernel's start time). Both must fit, so that a pid which went to a stranger is not taken for
# ours, and a zombie, which no init may ever collect in a container, counts as dead. But one that
# has threads besides its first still has its sockets: a kill ends them one by one.
# shellcheck shell=bash

# read_stat PID : sets stat_state, stat_session and stat_started; fails for the dead and for
# zombies.
read_stat() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The command's name may hold blanks and brackets: the fields begin after the last bracket.
  # shellcheck disable=SC2086
  set -- ${line##*) }
  stat_state=$1 stat_session=$4 stat_started=${20}
  [[ $stat_state != [ZXx] ]] || ((${18} > 1))
}

# find_process NAME : sets pid; fails when NAME does not run.
find_process() {
  local started
  pid=
  { read -r pid <"$run/$1.pid" && read -r started <"$run/$1.started"; } 2>/dev/null || return 1
  [[ $pid =~ ^[0-9]+$ ]] && read_stat "$pid" && [[ "$pid $stat_started" == "$started" ]]
}

running() {
  local pid
  find_process "$1"
}

# launch NAME KEEP COMMAND... : starts the command in a session of its own, with a closed stdin and
# its output in NAME.log. Of our descriptors it keeps only KEEP ('' for none): a caller that reads
# our output through a pipe must see its end, and a lock must end with us.
launch() {
  local name=$1 keep=$2
  shift 2
  local open_files
  open_files=$(ulimit -Hn)
  [[ $open_files != unlimited ]] && ((open_files <= 65536)) || open_files=65536
  (
    ulimit -n "$open_files"
    exec </dev/null >>"$log/$name.log" 2>&1
    local descriptor
    for descriptor in /proc/self/fd/*; do
      descriptor=${descriptor##*/}
      ((descriptor <= 2)) || [[ $descriptor == "$keep" ]] || eval "exec $descriptor>&-"
    done
    exec setsid "$@"
  ) &
  local pid=$!
  disown "$pid"
  if read_stat "$pid"; then
    printf '%s\n' "$pid" >"$run/$name.pid"
    printf '%s %s\n' "$pid" "$stat_started" >"$run/$name.started"
  fi
}

# await_end SECONDS PID... : waits until all have ended; fails when one has not.
await_end() {
  local deadline=$(($(milliseconds) + $1 * 1000)) process
  shift
  for process in "$@"; do
    while read_stat "$process"; do
      (($(milliseconds) < deadline)) || return 1
      sleep 0.02
    done
  done
}

# await_stop SECONDS PID : waits until none of its threads goes on: the signal goes to one of them,
# which stops the others when it gets to run; fails when one has not stopped.
await_stop() {
  local deadline=$(($(milliseconds) + $1 * 1000)) going
  while going=$(grep -L '^State:.[Tt] ' "/proc/$2/task/"*/status) || true; [[ $going ]]; do
    (($(milliseconds) < deadline)) || return 1
    sleep 0.02
  done
}

# end_processes PID... : kill -9, and waits until they are gone.
end_processes() {
  (($# > 0)) || return 0
  kill -KILL "$@" 2>/dev/null || true
  await_end 10 "$@" || die "could not end process $*"
}

# leftovers NAME : pids of children that outlived their parent's kill -9.
leftovers() {
  local process
  while read -r process; do
    ! read_stat "$process" || printf '%s\n' "$process"
  done < <(if is_database "$1"; then cluster_processes "$1"; else session_processes "$1"; fi)
}

# cluster_processes NAME : those that work in the cluster's data folder, as all of a cluster do.
# Their own user asks: in a container root may not see where a process of somebody else's works.
cluster_processes() {
  [[ -d $data/$1 ]] || return 0
  # shellcheck disable=SC2016  # expanded by the bash that is started
  in_cluster "$1" bash -c 'for process in /proc/[0-9]*; do
    [[ ! $process/cwd -ef $0 ]] || printf "%s\n" "${process##*/}"
  done' "$cluster_folder"
}

# session_processes NAME : Nginx' children, which stay in the session that launch() made.
session_processes() {
  local process leader _
  { read -r leader _ <"$run/$1.started"; } 2>/dev/null || return 0
  for process in /proc/[0-9]*; do
    process=${process##*/}
    [[ $process != "$leader" ]] || continue
    ! { read_stat "$process" && [[ $stat_session == "$leader" ]]; } ||
      [[ $(cat "/proc/$process/comm" 2>/dev/null) != nginx ]] || printf '%s\n' "$process"
  done
}

# end_leftovers NAME : call only when NAME itself is dead.
end_leftovers() {
  local processes
  mapfile -t processes < <(leftovers "$1")
  end_processes "${processes[@]}"
}

# http_status PORT PATH : the status of a GET on loopback, or nothing within two seconds.
http_status() {
  local descriptor status=
  { exec {descriptor}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" \
    1>&"$descriptor" 2>/dev/null
  read -r -t 2 _ status _ <&"$descriptor" 2>/dev/null || true
  exec {descriptor}>&-
  [[ -n $status ]] && printf '%s' "$status"
}
