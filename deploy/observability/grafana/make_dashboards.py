#!/usr/bin/python3
"""Writes the dashboards beside this file. A panel is a title, a unit and a few queries.

    python3 deploy/observability/grafana/make_dashboards.py

Edit here, not in Grafana: what is changed there is lost with the next deployment.
"""

import json
import pathlib

FOLDER = pathlib.Path(__file__).parent
QUIET = 'route!~"/livez|/readyz|/metrics"'
CHECKOUT = 'job="order",method="POST",route="/api/v1/orders"'
WIDTH, HEIGHT, COLUMNS = 8, 8, 3


def panel(title: str, unit: str, *queries: tuple[str, str], kind: str = "timeseries") -> dict:
    """`queries` are pairs of PromQL and legend."""
    return {
        "title": title, "type": kind,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": chr(ord("A") + at), "expr": expr, "legendFormat": legend}
                    for at, (expr, legend) in enumerate(queries)],
    }


def number(title: str, unit: str, expr: str) -> dict:
    return panel(title, unit, (expr, ""), kind="stat")


def dashboard(uid: str, title: str, panels: list[dict], variables: list[dict] = ()) -> dict:
    for at, item in enumerate(panels):
        row, column = divmod(at, COLUMNS)
        item["id"] = at + 1
        item["gridPos"] = {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT}
    source = {"name": "datasource", "type": "datasource", "query": "prometheus"}
    return {"uid": f"mercato-{uid}", "title": f"Mercato: {title}", "tags": ["mercato"],
            "schemaVersion": 38, "refresh": "10s", "time": {"from": "now-1h", "to": "now"},
            "templating": {"list": [source, *variables]}, "panels": panels}


def quantile(q: float, by: str, selector: str) -> str:
    return (f"histogram_quantile({q}, sum by ({by}, le) "
            f"(rate(http_server_request_duration_seconds_bucket{{{selector}}}[5m])))")


def overview() -> dict:
    return dashboard("overview", "overview", [
        number("Services up", "none", "sum(up)"),
        number("Orders confirmed per second", "ops",
               'sum(rate(outbox_events_published_total{type="order.confirmed"}[5m]))'),
        number("Orders that do not move", "none", "max(order_stuck_orders)"),
        panel("Requests", "reqps", ("job:http_requests:rate5m", "{{job}}")),
        panel("Share of 5xx", "percentunit", ("job:http_failures:ratio_rate5m", "{{job}}")),
        panel("p99", "s", ("job:http_request_seconds:p99_5m", "{{job}}")),
        panel("CPU", "percentunit",
              ("sum by (job) (rate(process_cpu_seconds_total[1m]))", "{{job}}")),
        panel("Memory", "bytes", ("process_resident_memory_bytes", "{{job}} {{instance}}")),
        panel("Refused because of overload", "ops",
              ("sum by (job) (rate(http_server_shed_total[5m]))", "{{job}}")),
        panel("Breakers open", "none",
              ("max by (job, name) (circuit_breaker_open)", "{{job}} → {{name}}")),
        panel("Database and Redis", "none", ("min by (job) (db_up)", "{{job}} database"),
              ("min by (job) (redis_up)", "{{job}} Redis")),
        panel("Events not applied yet", "none",
              ("min by (job, source) (events_pending)", "{{source}} → {{job}}"),
              ("max by (job, source) (events_dead_letters)", "dead: {{source}} → {{job}}"),
              ("max by (job) (outbox_unpublished)", "unpublished: {{job}}")),
    ])


def service() -> dict:
    chosen = {"name": "job", "type": "query", "query": "label_values(build_info, job)",
              "datasource": {"type": "prometheus", "uid": "${datasource}"}, "refresh": 1}
    mine = f'job="$job",{QUIET}'
    return dashboard("service", "one service", [
        panel("Requests by route", "reqps",
              (f"sum by (method, route) (rate(http_server_requests_total{{{mine}}}[5m]))",
               "{{method}} {{route}}")),
        panel("Answers by status", "reqps",
              (f"sum by (status) (rate(http_server_requests_total{{{mine}}}[5m]))", "{{status}}")),
        panel("p99 by route", "s", (quantile(0.99, "method, route", mine), "{{method}} {{route}}")),
        panel("Workers and connections", "none",
              ('sum(http_server_busy_workers{job="$job"})', "busy workers"),
              ('sum(http_server_queued_requests{job="$job"})', "queued requests"),
              ('sum(http_server_parked_answers{job="$job"})', "parked answers"),
              ('sum(http_server_connections{job="$job"})', "connections")),
        panel("Calls to neighbours", "reqps",
              ('sum by (peer, outcome) (rate(http_client_request_duration_seconds_count'
               '{job="$job"}[5m]))', "{{peer}} {{outcome}}"),
              ('sum by (peer) (rate(http_client_retries_total{job="$job"}[5m]))',
               "{{peer}} retries")),
        panel("p99 of calls to neighbours", "s",
              ('histogram_quantile(0.99, sum by (peer, le) '
               '(rate(http_client_request_duration_seconds_bucket{job="$job"}[5m])))', "{{peer}}")),
        panel("Database connections", "none",
              ('sum(db_pool_used_connections{job="$job"})', "used"),
              ('sum(db_pool_open_connections{job="$job"})', "open"),
              ('sum(db_pool_waiting{job="$job"})', "waiting")),
        panel("Time in the database by statement", "percentunit",
              ('topk(10, sum by (statement) (rate(db_statement_duration_seconds_sum'
               '{job="$job"}[5m])))', "{{statement}}")),
        panel("Bytes by table", "bytes",
              ('max by (table) (db_table_bytes{job="$job"})', "{{table}}")),
    ], [chosen])


def checkout() -> dict:
    events = "sum by (type) (rate(outbox_events_published_total{{type=~\"{}\"}}[5m]))"
    return dashboard("checkout", "checkout funnel", [
        panel("From created to delivered", "ops", (events.format("order\\\\..*"), "{{type}}")),
        panel("Checkouts by answer", "reqps",
              (f"sum by (status) (rate(http_server_requests_total{{{CHECKOUT}}}[5m]))",
               "{{status}}")),
        panel("How long a checkout takes", "s", (quantile(0.5, "job", CHECKOUT), "p50"),
              (quantile(0.99, "job", CHECKOUT), "p99")),
        panel("Error budget burned, times the allowed rate", "none",
              ("checkout:failures:ratio_rate1h / 0.001", "1 h"),
              ("checkout:failures:ratio_rate6h / 0.001", "6 h")),
        panel("Share of checkouts over 250 ms", "percentunit",
              ("checkout:slow:ratio_rate5m", "5 min"), ("checkout:slow:ratio_rate1h", "1 h")),
        panel("Work owed to orders", "none", ("max by (kind) (order_open_sagas)", "{{kind}}"),
              ("max(order_parked_sagas)", "parked")),
        panel("Age of the oldest of it", "s",
              ("max by (kind) (order_oldest_saga_seconds)", "{{kind}}")),
        panel("Reservations", "none", ("max(catalog_held_reservations)", "held"),
              ("max(catalog_reserved_mismatches)", "products that do not add up")),
        panel("Answers that are not in the contract", "ops",
              ("sum by (job) (rate(order_unexpected_answers_total[5m]))", "{{job}}")),
    ])


def payments() -> dict:
    return dashboard("payments", "payments and ledger", [
        panel("What happened to payments", "ops",
              ('sum by (type) (rate(outbox_events_published_total{type=~"payment\\\\..*"}[5m]))',
               "{{type}}")),
        panel("Calls to the provider", "reqps",
              ('sum by (outcome) (rate(http_client_request_duration_seconds_count'
               '{peer="provider"}[5m]))', "{{outcome}}")),
        panel("p99 of the provider", "s",
              ('histogram_quantile(0.99, sum by (le) '
               '(rate(http_client_request_duration_seconds_bucket{peer="provider"}[5m])))', "p99")),
        number("Ledger does not sum to zero by", "none", "max(payment_ledger_imbalance)"),
        panel("Payments the provider has to be asked about", "none",
              ("max(payment_owed_payments)", "payments")),
        panel("Age of the oldest of them", "s", ("max(payment_oldest_owed_seconds)", "oldest")),
    ])


def stores() -> dict:
    """From Debian's exporters for Nginx, PostgreSQL and Redis."""
    ours = 'datname=~"user|catalog|order|payment"'
    return dashboard("stores", "gateway, databases, Redis", [
        panel("Gateway: requests", "reqps", ("rate(nginx_http_requests_total[1m])", "requests")),
        panel("Gateway: connections", "none",
              ("nginx_connections_active", "open"), ("nginx_connections_writing", "answering"),
              ("nginx_connections_waiting", "idle")),
        panel("What answers its exporter", "none", ("nginx_up", "gateway"),
              ("pg_up", "{{job}}"), ('redis_up{job="redis"}', "Redis")),
        panel("Commits", "ops",
              (f"sum by (job) (rate(pg_stat_database_xact_commit{{{ours}}}[1m]))", "{{job}}"),
              (f"sum by (job) (rate(pg_stat_database_xact_rollback{{{ours}}}[1m]))",
               "{{job}} rolled back")),
        panel("Share of blocks found in memory", "percentunit",
              (f"sum by (job) (rate(pg_stat_database_blks_hit{{{ours}}}[5m])) / (sum by (job) "
               f"(rate(pg_stat_database_blks_hit{{{ours}}}[5m])) + sum by (job) "
               f"(rate(pg_stat_database_blks_read{{{ours}}}[5m])))", "{{job}}")),
        panel("Connections of databases", "none",
              ("sum by (job) (pg_stat_activity_count)", "{{job}}"),
              ("max by (job) (pg_settings_max_connections)", "{{job}} at most")),
        panel("Size of databases", "bytes",
              (f"sum by (job) (pg_database_size_bytes{{{ours}}})", "{{job}}")),
        panel("Deadlocks", "ops",
              (f"sum by (job) (rate(pg_stat_database_deadlocks{{{ours}}}[5m]))", "{{job}}")),
        panel("Redis: commands", "ops", ("rate(redis_commands_processed_total[1m])", "commands")),
        panel("Redis: memory", "bytes", ("redis_memory_used_bytes", "used")),
        panel("Redis: clients", "none", ("redis_connected_clients", "clients")),
    ])


def main() -> None:
    for make in (overview, service, checkout, payments, stores):
        text = json.dumps(make(), indent=1, ensure_ascii=False)
        (FOLDER / f"{make.__name__}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
