import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, open, openAsCustomer, openConsole, seesText, withPage } from './browser.js';
import { fillAddress, pay, prepareCheckout, putIntoCart } from './checkout.js';
import { paidOrder, password, product, random } from './system.js';

after(close);

test('a stranger finds something, signs up and buys it, and cancels it again', async () => {
  await withPage({}, async (page) => {
    const thing = await product({ name: `Quillfeather ${random()}` });
    await open(page, '/');
    await page.getByRole('heading', { name: 'Good things for every day' }).waitFor();

    await page.getByRole('link', { name: 'Kitchen' }).click();
    await page.getByRole('link', { name: 'Mugs' }).click();
    await page.getByLabel('Sort by').selectOption('price');
    await page.locator('.card').first().waitFor();

    await page.getByRole('searchbox').pressSequentially(thing.name, { delay: 15 });
    await page.locator('main').getByRole('link', { name: thing.name }).click();
    await seesText(page, '£19.99');
    await page.getByLabel('Quantity').fill('2');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('link', { name: 'Go to the cart' }).click();
    await seesText(page, '£39.98');

    await page.getByRole('link', { name: 'Checkout' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Name').fill('Grace Hopper');
    await page.getByLabel('E-mail address').fill(`grace-${random()}@example.com`);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('heading', { name: 'Checkout' }).waitFor();
    await fillAddress(page);
    await page.getByRole('radio', { name: /^Visa/ }).check();
    await pay(page);

    await seesText(page, 'Your order is confirmed.');
    await seesText(page, 'Payment taken');
    await page.getByText('Paid', { exact: true }).waitFor();
    assert.match(await page.getByRole('link', { name: /^Cart/ }).innerText(), /0/);

    const [number] = /M-\d+/.exec(await page.getByRole('heading', { level: 1 }).innerText());
    await page.reload();
    await seesText(page, 'Your order is confirmed.');
    await page.getByRole('link', { name: 'Your orders' }).click();
    await page.getByRole('link', { name: `Order ${number}` }).click();
    await page.getByRole('button', { name: 'Cancel this order' }).click();
    await seesText(page, 'This order was cancelled.');
    await seesText(page, 'Given back');
  });
});

test('an address that was written down once is offered at the checkout', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    await page.getByRole('link', { name: 'Grace Hopper' }).click();
    await page.getByRole('button', { name: 'Add an address' }).click();
    await fillAddress(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await seesText(page, /1 Harbour Street, Arlington/);
    await putIntoCart(page, await product());
    await page.getByRole('link', { name: 'Checkout' }).click();
    await page.getByRole('radio', { name: /1 Harbour Street/, checked: true }).waitFor();
    await pay(page);
    await seesText(page, 'Your order is confirmed.');
  });
});

test('who signs out is a stranger, also after loading the page again', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome, Grace Hopper' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    assert.equal((await page.context().cookies()).length, 0);
  });
});

test('who could not be signed out is told so, and can try again', async () => {
  await withPage({ expected: [503] }, async (page) => {
    await openAsCustomer(page);
    await page.route('**/web/session', (route) => route.fulfill({ status: 503,
      contentType: 'application/problem+json', body: '{"code": "unavailable"}' }));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await seesText(page, 'You are still signed in.');
    await page.getByRole('link', { name: 'Grace Hopper' }).waitFor();
    await page.unroute('**/web/session');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    assert.equal(await page.getByText('You are still signed in.').count(), 0);
  });
});

test('an order that is left before it was shown is not followed', async () => {
  await withPage({}, async (page) => {
    await openConsole(page, '/orders');  // an admin may read what others ordered
    const { id } = await paidOrder();
    let release, followed = 0;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route(`**/api/v1/orders/${id}`, async (route) => {
      await released;
      await route.fallback();
    });
    page.on('request', (request) => { followed += request.url().endsWith('/events') ? 1 : 0; });
    const asked = page.waitForRequest(`**/api/v1/orders/${id}`);
    await open(page, `/#/orders/${id}`);
    await asked;
    await page.getByRole('link', { name: 'Your orders' }).click();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    const answered = page.waitForResponse(`**/api/v1/orders/${id}`);
    release();
    await (await answered).finished();
    const next = page.waitForResponse('**/api/v1/users/me/addresses');
    await page.locator('nav.account a[href="#/account"]').click();
    await next;
    assert.equal(followed, 0);
  });
});

test('who signs out leaves none of their orders on the first page', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Visa/);
    await pay(page);
    await seesText(page, 'Your order is confirmed.');
    await page.getByRole('link', { name: 'Mercato' }).first().click();
    const orders = page.getByRole('heading', { name: 'Your latest orders' });
    await orders.waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Good things for every day' }).waitFor();
    assert.equal(await orders.count(), 0);
    assert.equal(await page.getByRole('link', { name: /^Order M-/ }).count(), 0);
  });
});
