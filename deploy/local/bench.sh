# ./dev bench: measures an installation of its own, made for this and gone afterwards, so that
# neither the data nor the rate limits of the one at work play a part.
# shellcheck shell=bash

# shellcheck source=deploy/local/packages.sh
source "$root/deploy/local/packages.sh"
# shellcheck source=deploy/local/build.sh
source "$root/deploy/local/build.sh"

bench() {
  local commit='' program=(bench "$build")
  if [[ ${1:-} == --against ]]; then
    (($# >= 2)) || die "--against what commit?"
    command -v git >/dev/null || die "--against needs git, which is not installed"
    commit=$(git -C "$root" rev-parse --verify --quiet "$2^{commit}") || die "there is no commit $2"
    shift 2
  fi
  bench_folder=$(mktemp -d)
  trap end_bench EXIT
  [[ -z $commit ]] || program=(bench_against "$build" "$bench_folder/before" "$bench_folder/now")
  install_missing_packages
  # Wrong words, and who asks for the right ones, are answered before anything is built.
  local answer
  answer=$(measure --only-check "$@")
  [[ -z $answer ]] || { say "$answer" && return; }
  build_targets "${binaries[@]}" mercato-load
  [[ -z $commit ]] || bring_up_before "$commit"
  bring_up now "$root" "$build"
  measure "$@"
}

# measure OPTION... : by the program that bench has chosen.
measure() {
  MERCATO_STATE=$bench_folder/now "$python" "$root/deploy/local/${program[0]}.py" \
    "${program[@]:1}" "$@"
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

# bring_up_before COMMIT : an installation of that one, built here.
bring_up_before() {
  mkdir "$bench_folder/sources"
  git -C "$root" archive "$1" | tar -x -C "$bench_folder/sources"
  say "building $1"
  bring_up before "$bench_folder/sources" "$bench_folder/sources/build/release"
}
