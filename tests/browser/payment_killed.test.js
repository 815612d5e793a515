import { after, test } from 'node:test';

import { close, openAsCustomer, seesText, withPage } from './browser.js';
import { pay, prepareCheckout, putIntoCart } from './checkout.js';
import { kill, product, start } from './system.js';

after(close);

test('payment is killed amid a checkout: the page explains, and gets to "confirmed" by itself',
  async () => {
    await withPage({}, async (page) => {
      await openAsCustomer(page);
      await putIntoCart(page, await product());
      await prepareCheckout(page, /^Slow/);
      const placing = page.waitForRequest((request) =>
        request.method() === 'POST' && request.url().endsWith('/api/v1/orders'));
      await pay(page);
      await placing;
      kill('payment');
      try {
        await seesText(page, 'still confirming your payment', 15_000);
        await seesText(page, 'Being confirmed');
      } finally {
        start('payment');
      }
      await seesText(page, 'Your order is confirmed.', 20_000);
      await seesText(page, 'Payment taken', 20_000);
    });
  });
