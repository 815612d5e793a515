// The documents' pictures, of a system that holds nothing but the made-up range of goods. Made only
// when asked for (run.js --screenshots), with a system of their own.

import { after, before, test } from 'node:test';

import { close, narrow, open, openAsCustomer, openConsole, picture, seesText, withPage }
  from './browser.js';
import { fillAddress, pay, putIntoCart } from './checkout.js';
import { address, admin, api, customer, deadLetter, kill, random, start, until }
  from './system.js';

after(close);

const options = { skip: !process.env.MERCATO_SCREENSHOTS && 'pictures are made when asked for' };
const goods = [];

const buy = async ({ token }, ids, card = 'pm_card_visa') => api('POST', '/orders', {
  token, key: random(), body: {
    lines: ids.map((id, i) => ({ product_id: id, quantity: 1 + i % 2 })), payment_method: card,
    shipping_address: address,
  },
});

before(async () => {
  if (options.skip) return;
  const { data } = await api('GET', '/products?limit=60');
  goods.push(...data.filter((one) => one.available > 10));
  const buyer = await customer();
  for (let i = 0; i < 12; i++) await buy(buyer, [goods[4 * i].id, goods[4 * i + 1].id]);
  await until(async () => (await api('GET', '/storefront')).bestselling.length >= 12, 60_000,
    'enough has been bought');
});

test('the shop, wide and light', options, () => withPage({}, async (page) => {
  await open(page, '/');
  await seesText(page, 'Often bought');
  await picture(page, 'storefront');
}));

test('the shop, narrow and dark', options, () => withPage(
  { viewport: narrow, colorScheme: 'dark' }, async (page) => {
    await open(page, '/');
    await seesText(page, 'Often bought');
    await picture(page, 'storefront-narrow');
  }));

test('an order while payment is down', options, () => withPage({}, async (page) => {
  await openAsCustomer(page);
  await putIntoCart(page, goods[2], 2);
  await page.getByRole('link', { name: 'Checkout' }).click();
  await page.getByRole('heading', { name: 'Checkout' }).waitFor();
  await fillAddress(page);
  await page.getByRole('radio', { name: /^Slow/ }).check();
  const placing = page.waitForRequest((request) =>
    request.method() === 'POST' && request.url().endsWith('/api/v1/orders'));
  await pay(page);
  await placing;
  kill('payment');
  try {
    await seesText(page, 'still confirming your payment', 15_000);
    await seesText(page, 'Being confirmed');
    await picture(page, 'confirming');
  } finally {
    start('payment');
  }
  await seesText(page, 'Payment taken', 20_000);
}));

test('the console, and a fault in it', options, () => withPage({ expected: [502] },
  async (page) => {
    const buyer = await customer();
    await openConsole(page);
    await page.locator('canvas').first().waitFor();
    for (let i = 0; i < 80; i++) {
      const card = i % 8 === 7 ? 'pm_card_chargeDeclined' : 'pm_card_visa';
      await buy(buyer, [goods[i % goods.length].id], card)
        .catch((refused) => { if (!/ 402/.test(refused.message)) throw refused; });
      // Each look is a point on the charts: some with more orders before it, some with fewer.
      if (i % 7 === 0 || i % 4 === 0) await page.waitForResponse('**/admin/overview');
    }
    await picture(page, 'console');
    kill('payment');
    try {
      await seesText(page, 'Not answering: payment.');
      await picture(page, 'console-fault');
    } finally {
      start('payment');
    }
  }));

test('an order in the console', options, () => withPage({}, async (page) => {
  const order = await buy(await customer(), [goods[8].id, goods[9].id]);
  await until(async () => (await api('GET', `/orders/${order.id}`, { token: await admin() }))
    .payment?.status === 'captured', 10_000, 'the order is paid');
  await openConsole(page, `/orders/${order.id}`);
  await page.locator('.waterfall').getByText('capture_payment').waitFor();
  await picture(page, 'console-order');
}));

test('a dead letter in the console', options, () => withPage({}, async (page) => {
  const letter = await deadLetter(goods[0].id);
  await openConsole(page, '/stuck');
  await page.getByRole('row').filter({ hasText: letter.subject }).waitFor();
  await picture(page, 'console-stuck');
}));
