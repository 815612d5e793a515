// The system under the pages: ./dev, the API for what a test prepares, and the databases for what
// no API would ever do.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

// Runs ./dev with the state that MERCATO_STATE names; throws with its output when it fails.
export function dev(...words) {
  return execFileSync(path.join(root, 'dev'), words, {
    encoding: 'utf8', env: { RATE_LIMITS: 'off', ...process.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export const kill = (name) => dev('kill', name);
export const start = (name) => dev('start', name);

// With `name` killed, `act`; it is started again whatever happens.
export async function without(name, act) {
  kill(name);
  try {
    await act();
  } finally {
    start(name);
  }
}

// Each line of the file is for shells: NAME=value, or NAME='value', and a ' in it as '\''.
export const settings = () => Object.fromEntries(
  readFileSync(path.join(process.env.MERCATO_STATE, 'env'), 'utf8').trim().split('\n')
    .map((line) => /^(\w+)='?(.*?)'?$/.exec(line).slice(1))
    .map(([name, quoted]) => [name, quoted.replaceAll("'\\''", "'")]));

export const random = () => randomBytes(6).toString('hex');

// A row a line, columns parted by "|".
export function query(service, sql) {
  return execFileSync('psql', ['-XAtq', settings()[`${service.toUpperCase()}_DATABASE_URL`],
    '-v', 'ON_ERROR_STOP=1', '-c', sql], { encoding: 'utf8' }).trim();
}

export async function api(method, where, { token, body, key } = {}) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  const answer = await fetch(`${settings().GATEWAY_URL}/api/v1${where}`, {
    method, headers, body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${where} answered ${answer.status}: ${text}`);
  return text && JSON.parse(text);
}

const signIn = async (email, password) =>
  (await api('POST', '/sessions', { body: { email, password } })).access_token;

export const admin = () => signIn(settings().ADMIN_EMAIL, settings().ADMIN_PASSWORD);

export const password = 'a nanosecond is 30 cm';
// {email, token} of a new customer.
export async function customer() {
  const email = `buyer-${random()}@example.com`;
  await api('POST', '/users', { body: { email, password, name: 'Grace Hopper' } });
  return { email, token: await signIn(email, password) };
}

export async function product(fields = {}) {
  return api('POST', '/products', {
    token: await admin(), key: random(),
    body: { sku: `B-${random()}`, name: `A thing for a test ${random()}`, on_hand: 100,
      price: { amount: 1999, currency: 'GBP' }, ...fields },
  });
}

export const address = {
  name: 'Grace Hopper', line1: '1 Harbour Street', city: 'Arlington', postal_code: '22201',
  country: 'US',
};

// A confirmed and paid order of a new customer.
export async function paidOrder() {
  const { token } = await customer();
  const { id } = await product();
  const order = await api('POST', '/orders', {
    token, key: random(),
    body: { lines: [{ product_id: id, quantity: 2 }], payment_method: 'pm_card_visa',
      shipping_address: address },
  });
  await until(async () => {
    const now = await api('GET', `/orders/${order.id}`, { token });
    return now.payment && now.payment.status === 'captured';
  }, 10_000, 'the order is paid');
  return order;
}

// What `condition` answers once that is true; fails with `what` when it stays false.
export async function until(condition, patience_ms, what) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${patience_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// An event that the catalog cannot apply, about the given product: what it is about, and a way to
// mend it.
export async function deadLetter(productId) {
  const event = query('order', `INSERT INTO outbox (type, aggregate_id, version, data)
    VALUES ('order.confirmed', gen_random_uuid(), 1, '{"lines": "none"}') RETURNING event_id`);
  await until(async () => (await api('GET', '/admin/catalog/dead-letters?limit=100', {
    token: await admin() })).data.some((one) => one.id === event), 10_000, 'the letter is listed');
  const mend = () => query('catalog', `UPDATE dead_letter
    SET event = jsonb_set(event::jsonb, '{data}', jsonb_build_object('lines',
      jsonb_build_array(jsonb_build_object('product_id', '${productId}', 'quantity', 1))))
    WHERE event_id = '${event}'`);
  const subject = query('catalog',
    `SELECT aggregate_id FROM dead_letter WHERE event_id = '${event}'`);
  return { subject, mend };
}
