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

# Those of which Debian makes a server of the whole machine as soon as they are there, some open to
# everybody; and where PostgreSQL is told to make no cluster of its own.
with_server=(nginx redis-server prometheus prometheus-nginx-exporter prometheus-postgres-exporter
  prometheus-redis-exporter)
create_cluster=/etc/postgresql-common/createcluster

systemd_runs() { [[ -d /run/systemd/system ]]; }

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

# hold_servers PACKAGE... : where systemd runs, keeps what is about to be installed from being a
# server of its own; what was there before stays as it is. The masks stay: a unit that is masked for
# the installation only, and disabled then, is enabled by the next upgrade, since Debian took no
# note of that.
hold_servers() {
  local package units=()
  systemd_runs || return 0
  for package in "$@"; do
    [[ " ${with_server[*]} " == *" $package "* ]] || continue
    [[ $(systemctl show --property=LoadState --value "$package.service") != not-found ]] ||
      units+=("$package.service")
  done
  ((${#units[@]} == 0)) || "${as_root[@]}" systemctl mask "${units[@]}" || return
  [[ " $* " != *' postgresql '* || -e $create_cluster.conf ]] ||
    "${as_root[@]}" install -D -m 644 /dev/stdin "$create_cluster.d/mercato.conf" \
      <<<'create_main_cluster = false  # Mercato has clusters of its own'
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
  if ! { hold_servers "${missing[@]}" && "${apt[@]}" update &&
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    die "Debian's packages could not be installed"
  fi
  rm -f "$output"
}
