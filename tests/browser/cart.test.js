// What is put into the cart comes to what it holds by then, whatever the page knew of it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, open, openAsCustomer, seesText, signIn, withPage } from './browser.js';
import { putIntoCart } from './checkout.js';
import { api, customer, product, until } from './system.js';

after(close);

const inCart = async ({ token }) =>
  (await api('GET', '/cart', { token })).lines.map((line) => line.quantity);
const putElsewhere = ({ token }, { id }, quantity) =>
  api('PUT', `/cart/items/${id}`, { token, body: { quantity } });

const addOne = (page) => page.getByRole('button', { name: 'Add to cart' }).click();
// The answer to the next change of the cart is replaced after it has been given.
const loseAnswer = (page) => page.route('**/api/v1/cart/items/*', async (route) => {
  await route.fetch();
  await route.fulfill({ status: 504, contentType: 'application/problem+json',
    body: '{"code": "gateway_timeout", "retryable": true}' });
}, { times: 1 });

test('what is added comes to what another device put into the cart', async () => {
  await withPage({}, async (page) => {
    const buyer = await openAsCustomer(page), thing = await product();
    await open(page, `/#/product/${thing.id}`);
    await page.getByRole('heading', { name: thing.name }).waitFor();
    await putElsewhere(buyer, thing, 3);
    await addOne(page);
    await seesText(page, '4 are in your cart.');
    assert.deepEqual(await inCart(buyer), [4]);
  });
});

test('what is added comes to what a stranger put into the cart in another tab', async () => {
  await withPage({}, async (page) => {
    const thing = await product();
    await open(page, `/#/product/${thing.id}`);
    await page.getByRole('heading', { name: thing.name }).waitFor();
    const other = await page.context().newPage();
    await putIntoCart(other, thing, 2);
    await addOne(page);
    await page.getByRole('link', { name: 'Go to the cart' }).click();
    await seesText(page, '£59.97');
  });
});

test('an addition whose answer was lost is made once', async () => {
  await withPage({ expected: [504] }, async (page) => {
    const buyer = await openAsCustomer(page), thing = await product();
    await open(page, `/#/product/${thing.id}`);
    await loseAnswer(page);
    await addOne(page);
    await page.getByRole('alert').waitFor();
    await addOne(page);
    await seesText(page, '1 is in your cart.');
    assert.deepEqual(await inCart(buyer), [1]);
    await addOne(page);
    await seesText(page, '2 are in your cart.');
  });
});

// As somebody whose account holds five, after gathering one more as a stranger.
async function signInWithOneMore(page, buyer) {
  const thing = await product();
  await putElsewhere(buyer, thing, 5);
  await putIntoCart(page, thing);
  await page.getByRole('link', { name: 'Checkout' }).click();
  await signIn(page, buyer.email);
  await page.getByRole('heading', { name: 'Checkout' }).waitFor();
  return thing;
}

test('what a stranger gathered comes to what is in the account', async () => {
  await withPage({}, async (page) => {
    const buyer = await customer();
    const thing = await signInWithOneMore(page, buyer);
    await seesText(page, `6 × ${thing.name}`);
    assert.deepEqual(await inCart(buyer), [6]);
  });
});

test('what a stranger gathered comes to it once, although the answer was lost', async () => {
  await withPage({ expected: [504] }, async (page) => {
    const buyer = await customer();
    await loseAnswer(page);
    const thing = await signInWithOneMore(page, buyer);
    await seesText(page, `6 × ${thing.name}`);
    const gathered = () => page.evaluate(() => localStorage.getItem('mercato-cart'));
    assert.notEqual(await gathered(), '[]');
    await page.reload();
    await until(async () => await gathered() === '[]', 10_000, 'nothing is left to be moved');
    assert.deepEqual(await inCart(buyer), [6]);
  });
});
