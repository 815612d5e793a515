# What Mercato needs from Debian, and how it gets there.
# shellcheck shell=bash

packages=(
  # to build
  g++ cmake ninja-build pkgconf
  libcpp-httplib-dev nlohmann-json3-dev libpqxx-dev libpq-dev libhiredis-dev libspdlog-dev
  libssl-dev libsodium-dev libunistring-dev libcurl4-openssl-dev prometheus-cpp-dev catch2
  # to run
  postgresql redis-server nginx libnginx-mod-http-js openssl ca-certificates curl util-linux
  node-mithril libjs-chart.js
  # to operate and to test
  python3 python3-jsonschema python3-psycopg2 python3-pytest python3-pytest-xdist
  python3-yaml shellcheck
)

missing_packages() {
  local package status
  local -A installed=()
  while read -r package status; do
    [[ $status != installed ]] || installed[$package]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
  for package in "${packages[@]}"; do
    [[ -n ${installed[$package]:-} ]] || printf '%s ' "$package"
  done
}

install_missing_packages() {
  local missing as_root=()
  read -ra missing <<<"$(missing_packages)"
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "these packages are missing; install them as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o DPkg::Lock::Timeout=300)
  local output
  output=$(mktemp)
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
    >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    die "Debian's packages could not be installed"
  fi
  rm -f "$output"
}
