import assert from 'node:assert/strict';
import test from 'node:test';

import { funnel, invariants, metric, percentile, sagas, vitals } from
  '../../../deploy/gateway/www/console/figures.js';

const figures = ({
  uptime_s = 100, total = 50, below = [10, 40, 50], metrics = [], ...rest } = {}) =>
  ({ version: '1', uptime_s, cpu_s: uptime_s / 10, memory_bytes: 1048576, metrics, ...rest,
    requests: { total, server_errors: 0, shed: 0, busy_workers: 1, queued: 0, below,
      bounds_ms: [1, 10, null] } });
const one = (name, value, labels = {}) => ({ name, value, labels });

test('a rate is what was added between two looks', () => {
  const now = vitals(figures({ uptime_s: 102, total: 60 }), figures());
  assert.equal(now.rate, 5);
  assert.ok(Math.abs(now.cpu - 0.1) < 1e-9);
});

test('a process that began anew counts from its start', () => {
  assert.equal(vitals(figures({ uptime_s: 2, total: 10 }), figures()).rate, 5);
  assert.equal(vitals(null, figures()), null);
});

test('percentiles are the bounds of buckets, of the requests since the last look', () => {
  const before = { below: [10, 40, 50], bounds_ms: [1, 10, null] };
  const now = { below: [10, 139, 150], bounds_ms: [1, 10, null] };
  assert.equal(percentile(0.5, now, before), 10);
  assert.equal(percentile(0.999, now, before), null);
  assert.equal(percentile(0.5, before, before), null);
});

test('what cannot be asked is neither kept nor broken', () => {
  const found = invariants({ catalog: null,
    order: figures({ metrics: [one('order_parked_sagas', 0), one('order_stuck_orders', 2),
      one('events_dead_letters', 1, { source: 'user' }),
      one('events_dead_letters', 3, { source: 'catalog' })] }),
    payment: figures({ metrics: [one('payment_ledger_imbalance', 0)] }) });
  const holds = Object.fromEntries(found.map((it) => [it.name, it.holds]));
  assert.deepEqual(holds, { stock: null, ledger: true, parked: true, stuck: false,
    letters_order: false, letters_catalog: null });
  assert.equal(found.find((it) => it.name === 'letters_order').value, 4);
});

test('sagas and the funnel are read by their labels', () => {
  const order = figures({ metrics: [one('order_open_sagas', 2, { kind: 'undo' }),
    one('order_oldest_saga_seconds', 7, { kind: 'undo' }),
    one('outbox_events_published_total', 9, { type: 'order.confirmed' })] });
  assert.deepEqual(sagas(order), [{ kind: 'undo', open: 2, oldest_s: 7 }]);
  assert.deepEqual(funnel(order)[1], ['confirmed', 9]);
  assert.equal(metric(order, 'nothing'), null);
});
