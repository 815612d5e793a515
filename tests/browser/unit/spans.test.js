import assert from 'node:assert/strict';
import test from 'node:test';

import { spans } from '../../../deploy/gateway/www/console/spans.js';

const entry = (ms) => ({
  step: 's', service: 'order', attempt: 1, outcome: 'ok', detail: '',
  at: new Date(Date.UTC(2026, 0, 1) + ms).toISOString(),
});

test('each bar begins where the one before it ends, and together they fill the scale', () => {
  const found = spans([entry(0), entry(100), entry(400)]);
  assert.deepEqual(found.map((one) => one.left), [0, 0, 25]);
  assert.deepEqual(found.map((one) => one.width), [0.5, 25, 75]);
  assert.deepEqual(found.map((one) => one.ms), [0, 100, 300]);
});

test('a gap of hours is shortened, but told as it was', () => {
  const found = spans([entry(0), entry(1000), entry(86401000)], 3000);
  assert.deepEqual(found.map((one) => one.left), [0, 0, 25]);
  assert.equal(found[2].ms, 86400000);
});

test('no entries make no bars', () => assert.deepEqual(spans([]), []));
