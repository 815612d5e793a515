import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, open, openAsCustomer, openConsole, seesText, withPage } from './browser.js';
import { deadLetter, kill, paidOrder, product, random, start } from './system.js';

after(close);

test('a service that is killed shows within two seconds, and the others stay live', async () => {
  await withPage({ expected: [502] }, async (page) => {
    await openConsole(page);
    const row = page.getByRole('row').filter({ has: page.getByText('payment', { exact: true }) });
    await row.getByText('up', { exact: true }).waitFor();
    await page.locator('canvas').first().waitFor();

    kill('payment');
    const began = Date.now();
    try {
      await row.getByText('down', { exact: true }).waitFor();
      const seen_ms = Date.now() - began;
      console.error(`# the fault was seen after ${seen_ms} ms`);
      assert.ok(seen_ms < 2000, `seen after ${seen_ms} ms`);
      await seesText(page, 'Not answering: payment.');
    } finally {
      start('payment');
    }
    await row.getByText('up', { exact: true }).waitFor();
  });
});

test('an order is seen as a waterfall, and its money is given back', async () => {
  await withPage({}, async (page) => {
    const order = await paidOrder();
    await openConsole(page, '/orders');
    await page.getByRole('link', { name: order.number }).click();
    await page.locator('.waterfall').getByText('capture_payment').waitFor();

    await page.getByLabel('Amount').fill('10.00');
    await page.getByLabel('Reason').fill('One of them was broken');
    await page.getByRole('button', { name: 'Refund' }).click();
    await seesText(page, 'Refund of £10.00: succeeded.');
    await page.getByRole('cell', { name: 'One of them was broken' }).waitFor();
  });
});

test('more than is left is not given back, and the console says why', async () => {
  await withPage({ expected: [409] }, async (page) => {
    const order = await paidOrder();
    await openConsole(page, `/orders/${order.id}`);
    await page.getByLabel('Amount').fill('100.00');
    await page.getByLabel('Reason').fill('Too much');
    await page.getByRole('button', { name: 'Refund' }).click();
    await seesText(page, 'more than is left to refund');
  });
});

test('a link that changes only what is filtered shows another list', async () => {
  await withPage({}, async (page) => {
    const order = await paidOrder();
    await openConsole(page, `/orders/${order.id}`);
    await page.locator('dd a[href^="#/users?id="]').click();
    await page.getByRole('link', { name: 'All users' }).click();
    await page.getByLabel('E-mail begins with').waitFor();

    const ofUser = page.getByText(/^Of the user /);
    await page.locator('td a[href^="#/orders?user_id="]').first().click();
    await ofUser.waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
    await ofUser.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: order.number }).waitFor();
  });
});

test('fields that a service refuses are marked', async () => {
  await withPage({ expected: [422] }, async (page) => {
    const { id } = await product();
    await openConsole(page, `/products/${id}`);
    for (const [price, wrong] of [['0', 'This is too little or too much.'],
      ['cheap', 'This does not look right.']]) {
      await page.getByLabel('Price').fill(price);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('.field', { hasText: wrong }).getByLabel('Price').waitFor();
      assert.equal(await page.getByLabel('Price').getAttribute('aria-invalid'), 'true');
    }
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByLabel('URL').fill('https://example.com/hook');
    await page.getByRole('button', { name: 'Add an endpoint' }).click();
    await page.getByRole('group', { name: 'Events' }).locator('.wrong').waitFor();
  });
});

test('a dead letter is redriven when its cause is mended', async () => {
  await withPage({}, async (page) => {
    const letter = await deadLetter((await product()).id);
    await openConsole(page, '/');
    await seesText(page, /^broken: \d+/);
    await page.getByRole('link', { name: 'Stuck' }).click();
    const row = page.getByRole('row').filter({ hasText: letter.subject });
    await row.waitFor();
    letter.mend();
    await row.getByRole('button', { name: /^Redrive/ }).click();
    await row.waitFor({ state: 'detached' });
    await seesText(page, 'Being applied once more');
  });
});

test('goods are added, edited and counted', async () => {
  await withPage({}, async (page) => {
    const name = `Wobbleglass ${random()}`;
    await openConsole(page, '/products');
    await page.getByText('Add a product').first().click();
    await page.getByLabel('SKU').fill(`B-${random()}`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Price').fill('12.50');
    await page.getByRole('button', { name: 'Add a product' }).click();
    await page.getByRole('heading', { name }).waitFor();
    await page.getByLabel('Price').fill('13');
    await page.getByRole('button', { name: 'Save' }).click();
    await seesText(page, '£13.00');
    await page.getByLabel('By how many').fill('7');
    await page.getByLabel('Reason').fill('Counted');
    await page.getByRole('button', { name: 'Adjust the stock' }).click();
    await page.locator('dd', { hasText: '7' }).first().waitFor();
  });
});

test('somebody is locked out and let in again, and the audit log tells', async () => {
  await withPage({}, async (page) => {
    let email = null;
    await withPage({}, async (other) => { ({ email } = await openAsCustomer(other)); });
    await openConsole(page, '/users');
    await page.getByLabel('E-mail begins with').fill(email);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('button', { name: `Lock out: ${email}` }).click();
    await page.getByRole('button', { name: `Let in again: ${email}` }).click();
    await page.getByRole('button', { name: `Lock out: ${email}` }).waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await seesText(page, 'status: disabled → active');
  });
});

test('a customer sees nothing of the console', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    await open(page, '/console');
    await seesText(page, 'This is for admins only.');
  });
});
