// How a page opens when something is missing: an account, an answer, a place to keep things.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, open, openAsCustomer, openConsole, seesText, signIn, withPage } from './browser.js';
import { putIntoCart } from './checkout.js';
import { customer, product } from './system.js';

after(close);

test('a stranger who opens the cart gets one page of it', async () => {
  await withPage({}, async (page) => {
    await open(page, '/#/cart');
    await seesText(page, 'Your cart is empty.');
    await page.reload();
    await seesText(page, 'Your cart is empty.');
    assert.equal(await page.locator('main').count(), 1);
  });
});

// Holds up what asks for the session when a page opens, until what it returns is called.
async function holdSession(page) {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route('**/web/session/refresh', async (route) => {
    await released;
    await route.fallback();
  });
  return release;
}

test('while nobody can say who somebody is, the shop opens, and knows them later', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    const release = await holdSession(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Good things for every day' }).waitFor();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    const personal = page.waitForResponse((answer) => answer.url().endsWith('/storefront')
      && answer.request().headers().authorization !== undefined);
    release();
    await page.getByRole('heading', { name: 'Welcome, Grace Hopper' }).waitFor();
    await personal;
  });
});

test('what is somebody\'s own waits until it is known who they are', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    await open(page, '/#/orders');
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    const release = await holdSession(page);
    await page.reload();
    await page.locator('main').getByText('Loading…').waitFor();
    release();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
  });
});

test('the console opens while nobody can say who somebody is', async () => {
  await withPage({}, async (page) => {
    await openConsole(page, '/orders');
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    const release = await holdSession(page);
    await page.reload();
    await page.locator('main').getByText('Loading…').waitFor();
    release();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
  });
});

test('where a browser keeps nothing for us, one can shop and sign in all the same', async () => {
  await withPage({}, async (page) => {
    await page.addInitScript(() => Object.defineProperty(window, 'localStorage', {
      get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); },
    }));
    const thing = await product(), { email } = await customer();
    await putIntoCart(page, thing, 2);
    await seesText(page, '£39.98');
    await page.getByRole('link', { name: 'Checkout' }).click();
    await signIn(page, email);
    await page.getByRole('heading', { name: 'Checkout' }).waitFor();
    await seesText(page, `2 × ${thing.name}`);
  });
});
