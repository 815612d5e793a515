// What the overview shows, worked out of two answers of GET /api/v1/admin/overview: counts are
// since each process began, so that a rate is the difference of two looks. Pure.

export const services = ['user', 'catalog', 'order', 'payment'];

// The value of a metric, summed over its labels (or those that `wanted` names); null if absent.
export function metric(figures, name, wanted = {}) {
  if (!figures) return null;
  const found = figures.metrics.filter((one) => one.name === name
    && Object.entries(wanted).every(([label, value]) => one.labels[label] === value));
  return found.length > 0 ? found.reduce((sum, one) => sum + one.value, 0) : null;
}

// [[label's value, value], …] of a metric.
const byLabel = (figures, name, label) => (figures ? figures.metrics
  .filter((one) => one.name === name).map((one) => [one.labels[label], one.value]) : []);

// The upper bound of the bucket in which the given share of the requests between two looks fell;
// null when there were none. `below` counts the requests at most as long as each bound.
export function percentile(share, now, before) {
  const counts = now.below.map((count, i) => count - (before ? before.below[i] : 0));
  const all = counts[counts.length - 1];
  if (!(all > 0)) return null;
  return now.bounds_ms[counts.findIndex((count) => count >= share * all)];
}

// One service between two looks. A process that began anew in between counts from its start.
export function vitals(now, before) {
  if (!now) return null;
  const same = before && before.uptime_s <= now.uptime_s ? before : null;
  const seconds = same ? Math.max(now.uptime_s - same.uptime_s, 0.001) : now.uptime_s;
  const grown = (pick) => pick(now) - (same ? pick(same) : 0);
  return {
    rate: grown((it) => it.requests.total) / seconds,
    errorRate: grown((it) => it.requests.server_errors) / seconds,
    shedRate: grown((it) => it.requests.shed) / seconds,
    p50_ms: percentile(0.5, now.requests, same && same.requests),
    p99_ms: percentile(0.99, now.requests, same && same.requests),
    cpu: grown((it) => it.cpu_s) / seconds,
    memory: now.memory_bytes,
    inFlight: now.requests.busy_workers,
    queued: now.requests.queued,
    uptime_s: now.uptime_s,
    version: now.version,
    poolUsed: metric(now, 'db_pool_used_connections'),
    poolOpen: metric(now, 'db_pool_open_connections'),
    poolWaiting: metric(now, 'db_pool_waiting'),
    databaseUp: metric(now, 'db_up') === 1,
    openBreakers: byLabel(now, 'circuit_breaker_open', 'name')
      .filter(([, open]) => open > 0).map(([name]) => name),
    outboxLag_s: metric(now, 'outbox_lag_seconds'),
    outboxWaiting: metric(now, 'outbox_unpublished'),
    deadLetters: metric(now, 'events_dead_letters'),
  };
}

const events = ['created', 'confirmed', 'shipped', 'delivered', 'rejected', 'cancelled'];

// How many orders came to each status since the order service began.
export const funnel = (order) => events.map((name) =>
  [name, metric(order, 'outbox_events_published_total', { type: `order.${name}` }) || 0]);

// [{kind, open, oldest_s}] of the sagas under way.
export const sagas = (order) => byLabel(order, 'order_open_sagas', 'kind').map(([kind, open]) =>
  ({ kind, open, oldest_s: metric(order, 'order_oldest_saga_seconds', { kind }) }));

// What has to hold at any time: {name, holds: true | false | null (nobody can tell)}.
export function invariants({ catalog, order, payment }) {
  const zero = (name, figures, key) => {
    const value = metric(figures, key);
    return { name, value, holds: value === null ? null : value === 0 };
  };
  return [
    zero('stock', catalog, 'catalog_reserved_mismatches'),
    zero('ledger', payment, 'payment_ledger_imbalance'),
    zero('parked', order, 'order_parked_sagas'),
    zero('stuck', order, 'order_stuck_orders'),
    zero('letters_order', order, 'events_dead_letters'),
    zero('letters_catalog', catalog, 'events_dead_letters'),
  ];
}
