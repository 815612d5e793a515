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
  bench_folder=$(mktemp -d)
  trap end_bench EXIT
  if [[ ${1:-} == --against ]]; then
    (($# >= 2)) || die "--against what commit?"
    bench_against "${@:2}"
  else
    bring_up now "$root" "$build"
    MERCATO_STATE=$bench_folder/now "$python" "$root/deploy/local/bench.py" "$build" "$@"
  fi
}

# bring_up NAME SOURCES BUILD : an installation NAME of what lies in SOURCES, built in BUILD.
bring_up() {
  MERCATO_STATE=$bench_folder/$1 MERCATO_BUILD=$3 RATE_LIMITS=off TRACES_SHARE=0.01 \
    "$2/dev" up >"$bench_folder/$1.log" 2>&1 || {
    cat "$bench_folder/$1.log" >&2
    die "the installation to be measured did not come up"
  }
}

end_bench() {
  local name
  for name in now before; do
    [[ ! -d $bench_folder/$name ]] || MERCATO_STATE=$bench_folder/$name "$root/dev" down --wipe \
      >/dev/null
  done
  rm -rf "$bench_folder"
}

# bench_against COMMIT [OPTION...] : what operations cost now, and at COMMIT, which is built here.
bench_against() {
  local commit
  commit=$(git -C "$root" rev-parse --verify --quiet "$1^{commit}") || die "there is no commit $1"
  mkdir "$bench_folder/sources"
  git -C "$root" archive "$commit" | tar -x -C "$bench_folder/sources"
  say "building $1"
  bring_up before "$bench_folder/sources" "$bench_folder/sources/build/release"
  bring_up now "$root" "$build"
  "$python" "$root/deploy/local/bench_against.py" "$build" "$bench_folder/before" \
    "$bench_folder/now" "${@:2}"
}
