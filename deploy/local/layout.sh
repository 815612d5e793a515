# Where things are and what they are called. Sourced by everything else here.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
state=${MERCATO_STATE:-$root/.local}
[[ $state == /* ]] || state=$PWD/$state
build=${MERCATO_BUILD:-$root/build/release}

run=$state/run
log=$state/log
data=$state/data
secrets=$state/secrets

# Debian's own interpreter: another one earlier in PATH knows nothing of Debian's modules.
# shellcheck disable=SC2034
python=/usr/bin/python3

services=(user catalog order payment)
databases=(user-db catalog-db order-db payment-db)
# In the order in which they are started; stopping goes the other way.
# shellcheck disable=SC2034
names=("${databases[@]}" redis psp "${services[@]}" gateway)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

is_database() { [[ $1 == *-db ]]; }
is_service() { [[ " ${services[*]} " == *" $1 "* ]]; }

require_name() {
  [[ " ${names[*]} " == *" $1 "* ]] || die "unknown name '$1'; one of: ${names[*]}"
}

require_state() {
  [[ -f $state/env ]] || die "nothing has been set up in $state yet: run ./dev up first"
}

# milliseconds : a clock for telling how long things took.
milliseconds() {
  local now=${EPOCHREALTIME/[.,]/}
  printf '%s' "$((now / 1000))"
}

# with_lock FILE : holds the lock on FILE until this shell ends. The descriptor is never handed on
# to the processes we start (processes.sh closes it), so that the lock ends with us. Who waited for
# `down --wipe` holds a file that is gone, while others lock a new one: then it begins again.
with_lock() {
  local descriptor
  while true; do
    mkdir -p "${1%/*}"
    exec {descriptor}>>"$1"
    if ! flock -n "$descriptor"; then
      say "waiting for another ./dev that holds $1"
      flock -w 600 "$descriptor" || die "could not get the lock $1 within ten minutes"
    fi
    [[ ! /proc/self/fd/$descriptor -ef $1 ]] || return 0
    exec {descriptor}>&-
  done
}
