# ./dev bench: measures an installation of its own, made for this and gone afterwards, so that
# neither the data nor the rate limits of the one at work play a part.
# shellcheck shell=bash

# shellcheck source=deploy/local/packages.sh
source "$root/deploy/local/packages.sh"
# shellcheck source=deploy/local/build.sh
source "$root/deploy/local/build.sh"

bench() {
  install_missing_packages
  build_targets "${binaries[@]}" mercato-load
  state=$(mktemp -d)/bench
  export MERCATO_STATE=$state MERCATO_BUILD=$build
  # shellcheck disable=SC2064  # the folder as it is now
  trap "'$root/dev' down --wipe >/dev/null; rmdir '${state%/bench}'" EXIT
  RATE_LIMITS=off "$root/dev" up >"${state%/bench}/up.log" 2>&1 || {
    cat "${state%/bench}/up.log" >&2
    die "the installation to be measured did not come up"
  }
  rm -f "${state%/bench}/up.log"
  "$python" "$root/deploy/local/bench.py" "$build" "$@"
}
