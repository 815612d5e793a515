# ./dev prometheus [PORT] : Debian's Prometheus, watching this installation by the project's rules.
# shellcheck shell=bash

# shellcheck source=deploy/local/control.sh
source "$root/deploy/local/control.sh"

prometheus_settings() {
  local name rules=$root/deploy/observability/prometheus
  say "global: { scrape_interval: 5s, evaluation_interval: 5s }"
  say "rule_files: [\"$rules/recording.rules.yml\", \"$rules/alerts.rules.yml\"]"
  say "scrape_configs:"
  for name in "${services[@]}"; do
    say "  - job_name: $name"
    say "    static_configs: [{ targets: [\"127.0.0.1:$(health_port "$name")\"] }]"
  done
}

prometheus() {
  local at=${1:-9090} program
  prepare_control
  program=$(type -P prometheus) || die "Prometheus is not installed: apt-get install prometheus"
  prometheus_settings >"$run/prometheus.yml"
  say "Prometheus listens on http://127.0.0.1:$at; Ctrl-C ends it"
  exec "$program" --config.file="$run/prometheus.yml" --storage.tsdb.path="$data/prometheus" \
    --web.listen-address="127.0.0.1:$at" --log.level=warn
}
