# ./dev logs NAME [-f]
# shellcheck shell=bash

logs() {
  (($# >= 1)) || die "logs of what? one of: ${names[*]}"
  require_name "$1"
  [[ -f $log/$1.log ]] || die "$1 has no log yet"
  case ${2:-} in
    '') tail -n 100 "$log/$1.log" ;;
    -f) exec tail -n 100 -f "$log/$1.log" ;;
    *) die "logs takes a name and -f" ;;
  esac
}
