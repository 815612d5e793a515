import assert from 'node:assert/strict';
import test from 'node:test';

import { stepsOf } from '../../../deploy/gateway/www/shop/order_steps.js';

const entry = (step, attempt, outcome) => ({ step, attempt, outcome, at: '2026-01-01T00:00:00Z' });

test('a step that was tried again is one line with its last outcome', () => {
  const steps = stepsOf([entry('place_order', 1, 'ok'), entry('authorize_payment', 1, 'unknown'),
    entry('authorize_payment', 4, 'ok'), entry('confirm_order', 1, 'ok')]);
  assert.deepEqual(steps.map((one) => one.kind), ['good', 'good', 'good']);
  assert.match(steps[1].text, /Payment authorised.*4 tries/);
});

test('a step that nobody wrote a text for is shown by its name', () => {
  assert.match(stepsOf([entry('feed_the_cat', 1, 'failed')])[0].text, /feed the cat.*failed/);
});
