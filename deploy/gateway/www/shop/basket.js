// The cart: the order service's own for whoever is signed in, this browser's for strangers. What a
// stranger gathered moves into the account when they sign in.

import { call, get } from '/shared/api.js';
import * as session from '/shared/session.js';
import { read, write } from '/shared/storage.js';

const m = window.m;
const stored = 'mercato-cart';

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

// A view asks for this while it is first drawn, when nothing may be drawn anew: a stranger's cart
// waits for its turn too, although it is at hand.
export async function refresh() {
  try {
    cart.value = await (session.user() ? get('/cart') : strangersCart());
    cart.problem = null;
  } catch (problem) {
    cart.problem = problem;
  }
  m.redraw();
}

const known = (id) => cart.value && cart.value.lines.find((line) => line.product_id === id);

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

export async function add(product, quantity) {
  const line = known(product.id);
  await want(product, quantity + (line ? line.quantity : 0));
}

// Into the account's cart, beside what is there already. A line that cannot go is kept.
async function moveIn() {
  for (const line of kept()) {
    try {
      await call('PUT', `/cart/items/${line.product_id}`, { body: { quantity: line.quantity } });
      keep(kept().filter((one) => one.product_id !== line.product_id));
    } catch (problem) {
      if (problem.status === 404 || problem.status === 422) {
        keep(kept().filter((one) => one.product_id !== line.product_id));
      }
    }
  }
}

session.onChange(async (user) => {
  cart.value = null;
  if (user) await moveIn();
  await refresh();
});
