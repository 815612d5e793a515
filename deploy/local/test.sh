# ./dev test: builds everything, runs the suites asked for, and ends with one line of sums.
# shellcheck shell=bash

# shellcheck source=deploy/local/packages.sh
source "$root/deploy/local/packages.sh"
# shellcheck source=deploy/local/build.sh
source "$root/deploy/local/build.sh"

# A suite that cannot even run leaves no results: it counts as one failure.
results=()
failed_to_run=0
simulation=  # the process of its own that it runs in
model_options=()

# run_ctest LABELS [JOBS] : the C++ tests whose label is one of LABELS (a regular expression).
run_ctest() {
  local file=$results_folder/ctest-${1//|/-}-${build##*/}.xml
  results+=("$file")
  ctest --test-dir "$build" --label-regex "^($1)\$" --output-on-failure --no-tests=error \
    --parallel "${2:-$(nproc)}" --output-junit "$file" || [[ -s $file ]] || failed_to_run=1
}

# run_pytest FOLDER ARGUMENT... : tests that fail (1) are counted by its results; anything else, as
# an interruption, leaves some out of them.
run_pytest() {
  local file status=0
  file=$results_folder/pytest-${1//\//-}.xml
  results+=("$file")
  (cd "$root" && PYTHONDONTWRITEBYTECODE=1 MERCATO_BUILD=$build "$python" -m pytest -q \
    -p no:cacheprovider --junit-xml "$file" "$@") || status=$?
  ((status <= 1)) && [[ -s $file ]] || failed_to_run=1
}

# run_program FILE NAME PROGRAM ARGUMENT... : a program as one test.
run_program() {
  local file=$results_folder/$1.xml
  results+=("$file")
  "$python" "$root/deploy/local/as_test.py" "$file" "${@:2}" || true
}

# configure_preset PRESET : for a build beside the usual one, in $build.
configure_preset() {
  [[ -f $build/build.ninja ]] || (cd "$root" && cmake --preset "$1" >/dev/null) || die "no $1 build"
}

run_suite() {
  say
  say "== $1"
  "test_$1"
}

test_unit() {
  run_ctest 'unit|architecture'
  run_pytest deploy/local/tests
  run_pytest deploy/k8s/tests
  run_pytest tests/chaos/tests
  run_pytest tests/model/tests
  run_pytest tests/planted/tests
}

# These wait a good part of their time.
test_integration() { run_ctest integration "$(($(nproc) + 1))"; }

test_contract() { run_pytest tests/contract; }

# They wait more than they work. Each of the three runners has an installation of its own.
test_e2e() {
  local runners=(--numprocesses 3 --dist loadfile)
  [[ -z ${MERCATO_E2E_STATE:-} ]] || runners=()
  run_pytest tests/e2e "${runners[@]}"
}

# need_packages PACKAGE... : what only this suite asks for.
need_packages() {
  packages=("$@")
  install_missing_packages
}

# npm brings what checks and drives, and nothing that is built or run.
need_npm() {
  command -v npm >/dev/null || need_packages nodejs npm
  local folder
  for folder in "$@"; do
    npm ci --prefix "$root/$folder" --silent --no-audit --no-fund || failed_to_run=1
  done
}

test_openapi() {
  need_npm tests/openapi docs/examples/typescript
  run_pytest tests/openapi
}

# run_chaos WAY...
run_chaos() {
  local way
  for way in "$@"; do
    run_program "chaos-$way" "no promise is broken by chaos --$way" "$root/dev" chaos "--$way"
  done
}

test_kills() { run_chaos quick; }

test_chaos() { run_chaos quick edges clocks disks restarts; }

# One thread that waits for nobody, beside whatever comes next.
test_simulation() {
  say 'begun; its outcome is told at the end'
  build_targets order-simulation
  run_program simulation 'a million simulated checkouts' \
    "$build/services/order/order-simulation" >"$results_folder/simulation.log" 2>&1 &
  simulation=$!
  results+=("$results_folder/simulation.xml")
}

test_fuzz() {
  need_packages clang libclang-rt-dev
  local build=$root/build/fuzz
  configure_preset fuzz
  build_targets fuzzers
  run_ctest fuzz
}

test_containers() {
  if docker info >/dev/null 2>&1; then
    run_pytest tests/containers -s
  else
    say 'SKIPPED: no Docker engine runs here: images, Compose and Swarm are not tested'
  fi
}

test_manifests() {
  need_npm deploy/k8s/tests
  command -v kubectl >/dev/null || say 'SKIPPED: no kubectl is here: the manifests are not rendered'
  run_pytest deploy/k8s/tests
}

# The binaries of then, the schema and ./dev of now.
test_previous() {
  if build_previous; then
    MERCATO_PREVIOUS_BUILD=$root/build/previous/build run_pytest tests/e2e/test_rollouts.py
  else
    failed_to_run=1
  fi
}

test_alone() {
  local service
  for service in "${services[@]}"; do
    run_program "alone-$service" "the $service service builds and passes its tests alone" \
      "$root/tests/alone/build_alone" "$service"
  done
  run_program alone-new 'a service made by ./dev new-service builds and passes its tests' \
    "$root/tests/alone/build_new_service"
}

test_planted() {
  run_program planted 'ten planted bugs are noticed' "$python" "$root/tests/planted/plant.py"
}

test_model() {
  need_packages g++ spin
  results+=("$results_folder/model.xml")
  "$python" "$root/tests/model/check.py" "${model_options[@]}" \
    --junit-xml "$results_folder/model.xml" || true
}

test_observability() {
  need_packages prometheus prometheus-nginx-exporter prometheus-postgres-exporter \
    prometheus-redis-exporter
  run_pytest tests/observability
}

test_browser() {
  need_packages chromium
  need_npm tests/browser
  results+=("$results_folder/browser.xml")
  MERCATO_BUILD=$build node "$root/tests/browser/run.js" \
    --junit-xml "$results_folder/browser.xml" || true
}

# build_previous : the binaries of the release before this one, in build/previous: of the newest tag
# that is an ancestor, of the commit before where nothing was released yet, or of MERCATO_PREVIOUS.
build_previous() {
  local release=${MERCATO_PREVIOUS:-} sources=$root/build/previous/sources build
  build=$root/build/previous/build
  if [[ -z $release ]]; then
    release=$(git -C "$root" describe --tags --abbrev=0 --match '*-v*' HEAD~1 2>/dev/null) ||
      release=HEAD~1
  fi
  release=$(git -C "$root" rev-parse --verify "$release^{commit}") || return
  say "the previous release is $release"
  mkdir -p "$sources"
  git -C "$root" archive "$release" | tar -x -C "$sources" || return
  cmake -S "$sources" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
    >"$root/build/previous/configure.log" || return
  build_binaries
}

await_simulation() {
  [[ -n $simulation ]] || return 0
  wait "$simulation"
  say
  say '== simulation, its outcome'
  cat "$results_folder/simulation.log"
}

# run_sanitized PRESET : the C++ tests again, in a build that watches memory or threads.
run_sanitized() {
  say
  say "== $1"
  local build=$root/build/$1
  configure_preset "$1"
  build_targets
  run_ctest 'unit|integration'
}

run_tests() {
  local suites=("$@") suite sanitizers=()
  if (($# == 0)); then
    suites=(unit integration simulation contract e2e kills)
  elif [[ $1 == all ]]; then
    suites=(unit integration simulation contract e2e observability openapi browser model chaos
            fuzz planted manifests alone previous containers)
    sanitizers=(asan tsan)
    model_options=(--large)
    (($# == 1)) || die "'all' stands alone"
  fi
  for suite in "${suites[@]}"; do
    [[ $(type -t "test_$suite") == function ]] || die "unknown suite '$suite': see ./dev help"
  done
  install_missing_packages
  build_targets
  results_folder=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder as it is now
  trap "rm -rf '$results_folder'" EXIT
  for suite in "${suites[@]}"; do run_suite "$suite"; done
  await_simulation
  for suite in "${sanitizers[@]}"; do run_sanitized "$suite"; done
  say
  "$python" "$root/deploy/local/sum_results.py" "$failed_to_run" "${results[@]}"
}
