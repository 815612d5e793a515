# Building with CMake and Ninja.
# shellcheck shell=bash

binaries=(user-service catalog-service order-service payment-service psp-sandbox)

# build_targets [TARGET...] : everything when no target is named.
build_targets() {
  if [[ ! -f $build/build.ninja ]]; then
    say "configuring $build"
    mkdir -p "$build"
    (cd "$root" && cmake --preset release -B "$build") >"$build/configure.log" 2>&1 || {
      cat "$build/configure.log" >&2
      die "the build could not be configured"
    }
  fi
  local targets=("$@") output=(--quiet)
  # Somebody who watches the first build wants to see it move; a log wants its failures only.
  [[ ! -t 1 ]] || output=()
  [[ -f $build/.ninja_log ]] || say "building (the first time takes some minutes)"
  ninja -C "$build" -j "$(nproc)" "${output[@]}" "${targets[@]}" || die "the build failed"
}

build_binaries() { build_targets "${binaries[@]}"; }

# binary_of NAME : the program behind a service or the provider sandbox.
binary_of() {
  if [[ $1 == psp ]]; then
    printf '%s' "$build/services/payment/psp-sandbox/psp-sandbox"
  else
    printf '%s' "$build/services/$1/$1-service"
  fi
}
