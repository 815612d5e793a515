# Events that could not be applied: listing them, and trying them once more.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# events dead|redrive [ID|--all] [SERVICE] : of one service, or of all.
events() {
  local action=$1 what='' targets=("${services[@]}") word
  shift
  for word in "$@"; do
    if is_service "$word"; then
      ((${#targets[@]} > 1)) || wrong_use
      targets=("$word")
    else
      [[ $what == '' ]] || wrong_use
      what=$word
    fi
  done
  prepare_control
  case $action:$what in
    dead:) in_each dead ;;
    redrive:--all) in_each redrive --all ;;
    redrive:?*) redrive_letter "$what" ;;
    *) wrong_use ;;
  esac
}

# in_each ARGUMENT... : runs the subcommand in each of the targets; fails when one of them does.
in_each() {
  local name failed=0
  for name in "${targets[@]}"; do
    service_command "$name" events "$@" | sed "s/^/$name /" || failed=1
  done
  return $failed
}

# redrive_letter ID : an event may be dead in one service and applied in another.
redrive_letter() {
  local name letters failed=0 found=0
  for name in "${targets[@]}"; do
    letters=$(service_command "$name" events dead) || {
      failed=1
      continue
    }
    grep -F "{\"id\":\"$1\"" >/dev/null <<<"$letters" || continue
    found=1
    service_command "$name" events redrive "$1" | sed "s/^/$name /" || failed=1
  done
  ((found || failed)) || die "no dead letter $1"
  return $failed
}
