import { after, test } from 'node:test';

import { close, openAsCustomer, seesText, withPage } from './browser.js';
import { pay, prepareCheckout, putIntoCart } from './checkout.js';
import { product } from './system.js';

after(close);

test('a declined card is told in plain words, and another one buys', async () => {
  await withPage({ expected: [402] }, async (page) => {
    await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Not enough money/);
    await pay(page);
    await seesText(page, 'Your bank declined the payment: there is not enough money.');
    await seesText(page, 'No money was taken');
    await page.getByRole('radio', { name: /^Mastercard/ }).check();
    await pay(page);
    await seesText(page, 'Your order is confirmed.');
  });
});

test('the rejected order can be looked at', async () => {
  await withPage({ expected: [402] }, async (page) => {
    await openAsCustomer(page);
    await putIntoCart(page, await product());
    await prepareCheckout(page, /^Declined/);
    await pay(page);
    await page.getByRole('link', { name: 'See what happened' }).click();
    await seesText(page, 'Not accepted');
    await seesText(page, 'Payment declined');
  });
});

test('a provider that is late or silent confirms all the same', async () => {
  await withPage({}, async (page) => {
    await openAsCustomer(page);
    for (const card of [/^Stumbling/, /^Silent/, /^Late/]) {
      await putIntoCart(page, await product());
      await prepareCheckout(page, card);
      await pay(page);
      await seesText(page, 'Your order is confirmed.', 20_000);
    }
  });
});
