# ./dev prometheus [PORT] : Debian's Prometheus, watching this installation by the project's rules,
# and beside it whichever of Debian's exporters for Nginx, PostgreSQL and Redis are installed.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

# The exporters that were started, and what Prometheus is told of them.
exporters=()
exporter_jobs=''

# start_exporter JOB PORT COMMAND... : where the command is installed; its settings are inherited.
start_exporter() {
  local job=$1 at=$2
  shift 2
  type -P "$1" >/dev/null || return 0
  "$@" --web.listen-address="127.0.0.1:$at" </dev/null >>"$log/exporters.log" 2>&1 &
  exporters+=($!)
  exporter_jobs+="  - job_name: $job"$'\n'
  exporter_jobs+="    static_configs: [{ targets: [\"127.0.0.1:$at\"] }]"$'\n'
}

# source_of DATABASE : its address as the exporter's driver reads it, which knows no "prefer".
source_of() {
  local url
  url=$(database_url "${1%-db}")
  [[ $url == *\?* ]] || url+='?sslmode=disable'
  printf '%s' "$url"
}

start_exporters() {
  local at=$1 name
  start_exporter gateway "$at" prometheus-nginx-exporter \
    --nginx.scrape-uri="http://127.0.0.1:$(health_port gateway)/status"
  start_exporter redis "$((at + 1))" prometheus-redis-exporter \
    --redis.addr="$(redis_url)" --tls-ca-cert-file="$(! tls_on || printf %s "$authority")"
  at=$((at + 2))
  for name in "${databases[@]}"; do
    # In the environment: an argument would show the password to everybody on this machine.
    DATA_SOURCE_NAME=$(source_of "$name") start_exporter "$name" "$at" prometheus-postgres-exporter
    at=$((at + 1))
  done
}

prometheus_settings() {
  local name rules=$root/deploy/observability/prometheus
  say "global: { scrape_interval: 5s, evaluation_interval: 5s }"
  say "rule_files: [\"$rules/recording.rules.yml\", \"$rules/alerts.rules.yml\"]"
  say "scrape_configs:"
  for name in "${services[@]}"; do
    say "  - job_name: $name"
    say "    static_configs: [{ targets: [\"127.0.0.1:$(health_port "$name")\"] }]"
  done
  printf '%s' "$exporter_jobs"
}

# end_children PID... : those of ours, and nobody waits longer than for them.
end_children() {
  (($# > 0)) || return 0
  kill "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

prometheus() {
  local at=${1:-9090} program server
  [[ $at =~ ^[0-9]{1,5}$ ]] || die "prometheus takes a port, not '$at'"
  prepare_control
  program=$(type -P prometheus) || die "Prometheus is not installed: apt-get install prometheus"
  trap 'end_children "${exporters[@]}"' EXIT
  trap 'exit 0' INT TERM
  start_exporters "$((at + 1))"
  prometheus_settings >"$run/prometheus.yml"
  say "Prometheus listens on http://127.0.0.1:$at; Ctrl-C ends it, and the exporters:" \
    "${#exporters[@]} of 6 are installed"
  "$program" --config.file="$run/prometheus.yml" --storage.tsdb.path="$data/prometheus" \
    --web.listen-address="127.0.0.1:$at" --log.level=warn &
  server=$!
  exporters+=("$server")
  wait "$server"
}
