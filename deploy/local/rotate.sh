# ./dev rotate: puts new keys in the place of those in use, while everything runs.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# How long until every process has read a changed file again, and until the last token that was
# signed with the key before has run out: what the services promise, and some room.
reread_seconds=12
token_seconds=70

# rotate_service_key SERVICE : publish, wait, sign, wait, retire. Interrupted anywhere it leaves
# keys that work, and can be begun anew.
rotate_service_key() {
  local name=$1 next=.$1-service-key.next.pem
  signing_key >"$secrets/$next"
  replace_secret service-key-set.json key_set_and "$name" "$secrets/$next"
  say "the next key of $name is published"
  sleep "$reread_seconds"
  mv "$secrets/$next" "$secrets/$name-service-key.pem"
  say "$name signs with it; the key before goes when its last token has run out"
  sleep $((reread_seconds + token_seconds))
  replace_secret service-key-set.json key_set
  say "the key of $name is rotated"
}

rotate() {
  prepare_control
  with_lock "$run/rotate.lock"
  if [[ ${1:-} == jwt ]]; then
    service_command user rotate-keys "${@:2}"
  elif is_service "${1:-}" && (($# == 1)); then
    rotate_service_key "$1"
  else
    die "what to rotate: jwt, or the service whose key it is: ${services[*]}"
  fi
}
