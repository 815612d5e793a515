// A customer's journey: registers, browses, buys, and follows the order as it moves.
import { randomUUID } from 'node:crypto';
import type { paths as Catalog } from './api/catalog.js';
import type { components, paths as Orders } from './api/order.js';
import type { paths as Users } from './api/user.js';
import { client } from './client.js';

type Order = components['schemas']['Order'];
interface StatusChange { order_id: string; status: Order['status']; at: string }

const gateway = process.env['GATEWAY_URL'];
if (!gateway) throw new Error('GATEWAY_URL is not set: . .local/env');
const pounds = (money: { amount: number; currency: string }) =>
  `${(money.amount / 100).toFixed(2)} ${money.currency}`;

async function signUp(): Promise<string> {
  const users = client<Users>(gateway!);
  const account = { email: `ada-${randomUUID()}@example.com`, password: randomUUID() };
  await users('post', '/users', { body: { ...account, name: 'Ada Lovelace' } });
  const session = await users('post', '/sessions', { body: account });
  console.log(`signed in as ${session.user.email}`);
  return session.access_token;
}

async function choose() {
  const catalog = client<Catalog>(gateway!);
  const page = await catalog('get', '/products',
    { query: { q: 'teapot', in_stock: true, sort: 'relevance', limit: 5 } });
  const product = page.data[0] ?? (await catalog('get', '/products')).data[0];
  if (!product) throw new Error('there is nothing to buy');
  console.log(`found ${product.name} for ${pounds(product.price)}`);
  return product;
}

// The statuses of an order as they come. A stream that ends too early (the server was replaced, the
// network broke) is taken up where it was left: nothing is missed, nothing comes twice.
async function* follow(token: string, id: string): AsyncGenerator<StatusChange> {
  for (let last = ''; ;) {
    const response = await fetch(new URL(`/api/v1/orders/${id}/events`, gateway), {
      headers: { Authorization: `Bearer ${token}`, ...(last ? { 'Last-Event-ID': last } : {}) },
    });
    if (!response.ok || !response.body) throw new Error(`no events: ${response.status}`);
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        const fields = new Map(text.slice(0, end).split('\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
        }));
        last = fields.get('id') ?? last;
        const data = fields.get('data');
        if (data) yield JSON.parse(data) as StatusChange;
      }
    }
  }
}

const token = await signUp();
const orders = client<Orders>(gateway, token);
const product = await choose();

await orders('put', '/cart/items/{product_id}',
  { path: { product_id: product.id }, body: { quantity: 2 } });
const cart = await orders('get', '/cart');

// The key makes it safe to send this again when an answer is lost. `wait=0` only for the show: the
// order comes back pending, so that there is something to follow.
const order = await orders('post', '/orders', {
  headers: { 'Idempotency-Key': randomUUID(), Prefer: 'wait=0' },
  body: {
    from_cart: true,
    payment_method: 'pm_card_visa',
    shipping_address: { name: 'Ada Lovelace', line1: "12 St James's Square", city: 'London',
      postal_code: 'SW1Y 4JH', country: 'GB' },
    ...(cart.total ? { expected_total: cart.total } : {}),
  },
});
console.log(`ordered ${order.number}`);

for await (const change of follow(token, order.id)) {
  console.log(`${change.at}  ${change.status}`);
  if (change.status !== 'pending') break;
}
const settled = await orders('get', '/orders/{id}', { path: { id: order.id } });
if (settled.status !== 'confirmed') throw new Error(`${settled.status}: ${settled.reject_reason}`);
console.log(`bought ${settled.lines[0]?.quantity} x ${settled.lines[0]?.name} for ` +
  pounds(settled.total!));
