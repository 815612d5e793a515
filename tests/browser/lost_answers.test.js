// Requests that are done although their answer is lost: pressing again must not do them twice.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, openAsCustomer, openConsole, seesText, withPage } from './browser.js';
import { pay, prepareCheckout, putIntoCart } from './checkout.js';
import { admin, api, paidOrder, product, until } from './system.js';

after(close);

// The answers to the next POSTs to `path` are replaced, each by one of `answers` (a status and a
// code) and after it has been given; those after them arrive.
async function loseAnswers(page, path, ...answers) {
  await page.route((url) => url.pathname === `/api/v1${path}`, async (route) => {
    if (route.request().method() !== 'POST' || answers.length === 0) return route.fallback();
    const [status, code] = answers.shift();
    await route.fetch();
    return route.fulfill({ status, contentType: 'application/problem+json',
      body: JSON.stringify({ status, code, retryable: status >= 500 }) });
  });
}

const again = (page) => page.getByRole('button', { name: 'Send the same again' });
const ordersOf = async ({ token }) => (await api('GET', '/orders', { token })).data;

test('an order whose answer was lost is not placed twice', async () => {
  await withPage({ expected: [504] }, async (page) => {
    const buyer = await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Silent/);
    await loseAnswers(page, '/orders', [504, 'gateway_timeout']);
    await pay(page);
    await seesText(page, 'it may have been done');
    assert.equal(await page.getByRole('radio', { name: /^Visa/ }).count(), 0);
    await again(page).click();
    await seesText(page, 'Your order is confirmed.', 20_000);
    assert.equal((await ordersOf(buyer)).length, 1);
  });
});

test('an order that is confirmed behind a lost answer is found', async () => {
  await withPage({ expected: [504] }, async (page) => {
    const buyer = await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Visa/);
    await loseAnswers(page, '/orders', [504, 'gateway_timeout']);
    await pay(page);
    await seesText(page, 'it may have been done');
    await until(async () => (await ordersOf(buyer)).some((one) => one.status === 'confirmed'),
      10_000, 'the order is confirmed');

    await page.getByRole('link', { name: /^Cart/ }).click();
    await seesText(page, 'Your cart is empty.');
    await page.goBack();
    await page.getByRole('link', { name: 'Look at your orders' }).waitFor();
    await again(page).click();
    await seesText(page, 'Your order is confirmed.');
    assert.equal((await ordersOf(buyer)).length, 1);
  });
});

test('a key that is taken stays, and the page leads to the orders', async () => {
  await withPage({ expected: [504, 422] }, async (page) => {
    const buyer = await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Visa/);
    await loseAnswers(page, '/orders', [504, 'gateway_timeout'], [422, 'idempotency_key_reused']);
    await pay(page);
    await again(page).click();
    await seesText(page, 'An earlier request of yours');
    await page.getByRole('link', { name: 'Look at your orders' }).waitFor();
    await again(page).click();
    await seesText(page, 'Your order is confirmed.');
    assert.equal((await ordersOf(buyer)).length, 1);
  });
});

test('a refund whose answer was lost is made once', async () => {
  await withPage({ expected: [504, 409] }, async (page) => {
    const order = await paidOrder();
    await openConsole(page, `/orders/${order.id}`);
    await loseAnswers(page, `/orders/${order.id}/refunds`,
      [504, 'gateway_timeout'], [409, 'request_in_progress']);
    await page.getByLabel('Amount').fill('10.00');
    await page.getByLabel('Reason').fill('One of them was broken');
    await page.getByRole('button', { name: 'Refund' }).click();
    await seesText(page, 'it may have been done');
    await again(page).click();
    await seesText(page, 'We are still working on this.');
    await again(page).click();
    await seesText(page, 'Refund of £10.00: succeeded.');
    const { data } = await api('GET', `/orders/${order.id}/refunds`, { token: await admin() });
    assert.equal(data.length, 1);
  });
});

test('stock whose adjustment was not answered is adjusted once', async () => {
  await withPage({ expected: [504] }, async (page) => {
    const { id } = await product();
    await openConsole(page, `/products/${id}`);
    await loseAnswers(page, `/products/${id}/stock-adjustments`, [504, 'gateway_timeout']);
    await page.getByLabel('By how many').fill('7');
    await page.getByLabel('Reason').fill('Counted');
    await page.getByRole('button', { name: 'Adjust the stock' }).click();
    await again(page).click();
    await page.getByRole('button', { name: 'Adjust the stock' }).waitFor();
    assert.equal((await api('GET', `/products/${id}`)).available, 107);
  });
});

test('an endpoint and a product whose answers were lost are added once', async () => {
  await withPage({ expected: [504] }, async (page) => {
    await openConsole(page, '/products');
    await loseAnswers(page, '/products', [504, 'gateway_timeout']);
    await page.getByText('Add a product').first().click();
    await page.getByLabel('SKU').fill(`L-${Date.now()}`);
    await page.getByLabel('Name').fill('Hardly lost');
    await page.getByLabel('Price').fill('12.50');
    await page.getByRole('button', { name: 'Add a product' }).click();
    await again(page).click();
    await page.getByRole('heading', { name: 'Hardly lost' }).waitFor();

    await page.getByRole('link', { name: 'Webhooks' }).click();
    await loseAnswers(page, '/webhook-endpoints', [504, 'gateway_timeout']);
    const url = `https://example.com/${Date.now()}`;
    await page.getByLabel('URL').fill(url);
    await page.getByRole('checkbox', { name: 'order.shipped' }).check();
    await page.getByRole('button', { name: 'Add an endpoint' }).click();
    await again(page).click();
    await seesText(page, 'Keep this secret');
    assert.equal(await page.getByRole('link', { name: url }).count(), 1);
  });
});
