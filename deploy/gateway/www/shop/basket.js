// The cart: the order service's own for whoever is signed in, this browser's for strangers. What a
// stranger gathered moves into the account when they sign in.

import { call, get } from '/shared/api.js';
import * as session from '/shared/session.js';
import { read, write } from '/shared/storage.js';

const m = window.m;
const stored = 'mercato-cart';
const most = 10000;  // of one product, in an account's cart

export const cart = { value: null, problem: null };

// A stranger's lines, with name and price as they were seen.
function kept() {
  try {
    return JSON.parse(read(stored)) || [];
  } catch (error) {
    return [];
  }
}
const keep = (lines) => write(stored, JSON.stringify(lines));

function strangersCart() {
  const lines = kept().map((line) => ({
    ...line, line_total: { ...line.unit_price, amount: line.unit_price.amount * line.quantity },
  }));
  const amount = lines.reduce((sum, one) => sum + one.line_total.amount, 0);
  const total = lines.length > 0 ? { ...lines[0].unit_price, amount } : null;
  return { lines, total, stale: false };
}

// How many things are in it, as far as known.
export const count = () =>
  (cart.value ? cart.value.lines.reduce((sum, line) => sum + line.quantity, 0) : 0);

const current = () => (session.user() ? get('/cart') : strangersCart());

// A view asks for this while it is first drawn, when nothing may be drawn anew: a stranger's cart
// waits for its turn too, although it is at hand.
export async function refresh() {
  try {
    cart.value = await current();
    cart.problem = null;
  } catch (problem) {
    cart.problem = problem;
  }
  m.redraw();
}

// Sets how many of a product are wanted; 0 takes it out.
export async function want(product, quantity) {
  const id = product.product_id || product.id;
  if (session.user()) {
    await call(quantity > 0 ? 'PUT' : 'DELETE', `/cart/items/${id}`,
      { body: quantity > 0 ? { quantity } : undefined });
  } else {
    const line = {
      product_id: id, sku: product.sku, name: product.name, quantity,
      unit_price: product.unit_price || product.price, available: product.available,
    };
    const others = kept().filter((one) => one.product_id !== id);
    keep(quantity > 0 ? others.concat(line) : others);
  }
  await refresh();
}

const quantityIn = ({ lines }, id) => {
  const line = lines.find((one) => one.product_id === id);
  return line ? line.quantity : 0;
};

let unsure = null;  // the addition whose answer has not come, and the sum that it makes

// Adds to what the cart holds by now: another tab, or another device, may have changed it. The same
// again after an answer was lost adds nothing if it had been done. Returns how many there are then.
export async function add(product, quantity) {
  const { id } = product, held = quantityIn(await current(), id), sum = held + quantity;
  const done = unsure && unsure.id === id && unsure.quantity === quantity && unsure.sum === held;
  unsure = { id, quantity, sum };
  await (done ? refresh() : want(product, sum));
  unsure = null;
  return done ? held : sum;
}

// Into the account's cart, beside what is there already. A line that cannot go is kept, with the
// sum that it makes, by which the next time tells whether it had gone after all.
async function moveIn() {
  if (kept().length === 0) return;
  const account = await get('/cart').catch(() => null);
  for (const line of account ? kept() : []) {
    const id = line.product_id, held = quantityIn(account, id);
    const sum = Math.min(held + line.quantity, most);
    try {
      if (line.sum !== held) {
        keep(kept().map((one) => (one.product_id === id ? { ...one, sum } : one)));
        await call('PUT', `/cart/items/${id}`, { body: { quantity: sum } });
      }
    } catch (problem) {
      if (problem.status !== 404 && problem.status !== 422) continue;
    }
    keep(kept().filter((one) => one.product_id !== id));
  }
}

session.onChange(async (user) => {
  cart.value = null;
  if (user) await moveIn();
  await refresh();
});
