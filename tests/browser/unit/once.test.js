import assert from 'node:assert/strict';
import test from 'node:test';

import { once } from '../../../deploy/gateway/www/shared/once.js';

globalThis.localStorage = { getItem: () => null };

// Sends one body after the other, each answered by the next of `answers`: [status, code], [status]
// without a code for what is no answer of a service, [0] for none at all. The keys and bodies that
// went out, and whether the end is open.
async function sent(...answers) {
  const requests = [], doing = once();
  globalThis.fetch = async (path, { headers, body }) => {
    requests.push({ key: headers['Idempotency-Key'], body: JSON.parse(body) });
    const [status, code] = answers[requests.length - 1];
    if (!status) throw new TypeError('no answer');
    return code ? Response.json({ code }, { status }) : new Response('<html>', { status });
  };
  for (let i = 0; i < answers.length; i++) await doing.post('/orders', () => i).catch(() => {});
  return { keys: requests.map((one) => one.key), bodies: requests.map((one) => one.body),
    unsure: doing.unsure };
}

test('what was not answered is sent again as it was, by the same name', async () => {
  for (const lost of [[0], [504, 'gateway_timeout'], [500, 'internal'],
    [409, 'request_in_progress']]) {
    const { keys, bodies, unsure } = await sent(lost, [201, 'made']);
    assert.equal(keys[0], keys[1], lost);
    assert.deepEqual(bodies, [0, 0], lost);
    assert.equal(unsure, false, lost);
  }
});

test('after an answer, the next is a request of its own', async () => {
  for (const answer of [[201, 'made'], [202, 'made'], [402, 'payment_declined'],
    [409, 'out_of_stock'], [422, 'validation_failed'], [429, 'rate_limited'],
    [401, 'unauthenticated']]) {
    const { keys, bodies } = await sent(answer, [201, 'made']);
    assert.notEqual(keys[0], keys[1], answer);
    assert.deepEqual(bodies, [0, 1], answer);
  }
});

test('a refusal at the door says nothing of what was sent before', async () => {
  for (const refused of [[429, 'rate_limited'], [401, 'unauthenticated'], [403, 'forbidden'],
    [422, 'idempotency_key_reused'], [404]]) {
    const { keys, bodies, unsure } = await sent([0], refused, refused);
    assert.equal(new Set(keys).size, 1, refused);
    assert.deepEqual(bodies, [0, 0, 0], refused);
    assert.equal(unsure, true, refused);
  }
});

test('a refusal of the thing itself ends it, also when it is sent again', async () => {
  const { keys, unsure } = await sent([504, 'gateway_timeout'], [402, 'payment_declined'],
    [201, 'made']);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
  assert.equal(unsure, false);
});
