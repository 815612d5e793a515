# ./dev test: builds everything, runs the suites asked for, and ends with one line of sums.
# shellcheck shell=bash

# shellcheck source=deploy/local/packages.sh
source "$root/deploy/local/packages.sh"
# shellcheck source=deploy/local/build.sh
source "$root/deploy/local/build.sh"

# A suite that cannot even run leaves no results: it counts as one failure.
results=()
failed_to_run=0

# run_ctest LABELS : the C++ tests whose label is one of LABELS (a regular expression).
run_ctest() {
  local file=$results_folder/ctest-${1//|/-}-${build##*/}.xml
  results+=("$file")
  ctest --test-dir "$build" --label-regex "^($1)\$" --output-on-failure --no-tests=error \
    --parallel "$(nproc)" --output-junit "$file" || [[ -s $file ]] || failed_to_run=1
}

# run_pytest FOLDER ARGUMENT...
run_pytest() {
  local file
  file=$results_folder/pytest-${1//\//-}.xml
  results+=("$file")
  (cd "$root" && PYTHONDONTWRITEBYTECODE=1 MERCATO_BUILD=$build "$python" -m pytest -q \
    -p no:cacheprovider --junit-xml "$file" "$@") || [[ -s $file ]] || failed_to_run=1
}

# configure_preset PRESET : for a build beside the usual one, in $build.
configure_preset() {
  [[ -f $build/build.ninja ]] || (cd "$root" && cmake --preset "$1" >/dev/null) || die "no $1 build"
}

run_suite() {
  say
  say "== $1"
  case $1 in
    unit)
      run_ctest 'unit|architecture'
      run_pytest deploy/local/tests
      run_pytest deploy/k8s/tests
      run_pytest tests/chaos/tests
      run_pytest tests/model/tests
      run_pytest tests/planted/tests
      ;;
    integration) run_ctest integration ;;
    contract) run_pytest tests/contract ;;
    e2e)
      # They wait more than they work. Each of the two runners has an installation of its own.
      local runners=(--numprocesses 2 --dist loadfile)
      [[ -z ${MERCATO_E2E_STATE:-} ]] || runners=()
      run_pytest tests/e2e "${runners[@]}"
      ;;
    openapi)
      if ! command -v npm >/dev/null; then
        packages=(nodejs npm)
        install_missing_packages
      fi
      local folder
      for folder in tests/openapi docs/examples/typescript; do
        (cd "$root/$folder" && npm ci --silent --no-audit --no-fund) || failed_to_run=1
      done
      run_pytest tests/openapi
      ;;
    chaos)
      local way
      for way in quick edges; do
        results+=("$results_folder/chaos-$way.xml")
        "$python" "$root/deploy/local/as_test.py" "$results_folder/chaos-$way.xml" \
          "no promise is broken by chaos --$way" "$root/dev" chaos "--$way" || true
      done
      ;;
    simulation)
      build_targets order-simulation
      results+=("$results_folder/simulation.xml")
      "$python" "$root/deploy/local/as_test.py" "$results_folder/simulation.xml" \
        'a million simulated checkouts' "$build/services/order/order-simulation" || true
      ;;
    fuzz)
      packages=(clang libclang-rt-dev)
      install_missing_packages
      local build=$root/build/fuzz
      configure_preset fuzz
      build_targets fuzzers
      run_ctest fuzz
      ;;
    planted)
      results+=("$results_folder/planted.xml")
      "$python" "$root/deploy/local/as_test.py" "$results_folder/planted.xml" \
        'ten planted bugs are noticed' "$python" "$root/tests/planted/plant.py" || true
      ;;
    model)
      packages=(g++ spin)
      install_missing_packages
      results+=("$results_folder/model.xml")
      "$python" "$root/tests/model/check.py" --junit-xml "$results_folder/model.xml" || true
      ;;
    observability)
      packages=(prometheus prometheus-nginx-exporter prometheus-postgres-exporter
        prometheus-redis-exporter)
      install_missing_packages
      run_pytest tests/observability
      ;;
    browser)
      # npm brings what drives the browser, and nothing that is built or run.
      packages=(chromium)
      command -v npm >/dev/null || packages+=(nodejs npm)
      install_missing_packages
      npm ci --prefix "$root/tests/browser" --no-audit --no-fund --silent
      local browser_results=$results_folder/browser.xml
      results+=("$browser_results")
      MERCATO_BUILD=$build node "$root/tests/browser/run.js" --junit-xml "$browser_results" || true
      ;;
    *) die "unknown suite '$1': see ./dev help" ;;
  esac
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
    suites=(unit integration contract e2e simulation)
  elif [[ $1 == all ]]; then
    suites=(unit integration contract e2e simulation observability openapi model chaos fuzz)
    sanitizers=(asan tsan)
  fi
  install_missing_packages
  build_targets
  results_folder=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder as it is now
  trap "rm -rf '$results_folder'" EXIT
  for suite in "${suites[@]}"; do run_suite "$suite"; done
  for suite in "${sanitizers[@]}"; do run_sanitized "$suite"; done
  say
  "$python" "$root/deploy/local/sum_results.py" "$failed_to_run" "${results[@]}"
}
