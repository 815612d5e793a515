import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { close, narrow, open, openAsCustomer, openConsole, seesText, violations, wide, withPage }
  from './browser.js';
import { putIntoCart } from './checkout.js';
import { paidOrder, product } from './system.js';

after(close);

const looks = [
  { viewport: wide, colorScheme: 'light' }, { viewport: narrow, colorScheme: 'dark' },
];
const nameOf = ({ viewport, colorScheme }) => `${viewport.width} px, ${colorScheme}`;

// Nothing serious for axe-core, and nothing wider than the window.
async function check(page, place, found) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('.waiting') === null);
  found.push(...(await violations(page)).map((one) => `${place}: ${one}`));
  const wider = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wider > 0) found.push(`${place}: ${wider} px wider than the window`);
}

for (const look of looks) {
  test(`the shop is for everybody (${nameOf(look)})`, async () => {
    await withPage(look, async (page) => {
      const thing = await product(), found = [];
      for (const place of ['/', '/category/kitchen', '/search?q=mug', `/product/${thing.id}`,
        '/cart', '/sign-in', '/sign-up', '/nowhere']) {
        await open(page, `/#${place}`);
        await check(page, place, found);
      }
      await openAsCustomer(page);
      await putIntoCart(page, thing);
      for (const place of ['/', '/cart', '/checkout', '/account', '/orders']) {
        await open(page, `/#${place}`);
        await check(page, place, found);
      }
      assert.deepEqual(found, []);
    });
  });

  test(`the console is for everybody (${nameOf(look)})`, async () => {
    await withPage(look, async (page) => {
      const order = await paidOrder(), found = [];
      await openConsole(page);
      await page.locator('canvas').first().waitFor();
      await check(page, 'console', found);
      for (const place of ['/orders', `/orders/${order.id}`, '/stuck', '/products',
        `/products/${order.lines[0].product_id}`, '/users', '/webhooks', '/ledger', '/audit']) {
        await open(page, `/console#${place}`);
        await check(page, place, found);
      }
      assert.deepEqual(found, []);
    });
  });

  test(`the API browser is for everybody (${nameOf(look)})`, async () => {
    await withPage(look, async (page) => {
      const found = [];
      await open(page, '/docs');
      await page.locator('section h2').first().waitFor();
      await check(page, 'docs', found);
      assert.deepEqual(found, []);
    });
  });
}

test('the shop is used by keyboard alone', async () => {
  await withPage({}, async (page) => {
    const thing = await product();
    await open(page, `/#/product/${thing.id}`);
    await page.getByRole('heading', { name: thing.name }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent),
      'Skip to the content');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.textContent) === 'Add to cart') break;
    }
    await page.keyboard.press('Enter');
    await seesText(page, '1 is in your cart.');
  });
});

test('a reader is taken to the heading of the page that a link leads to', async () => {
  await withPage({}, async (page) => {
    await open(page, '/');
    await page.getByRole('link', { name: 'Garden' }).click();
    await page.getByRole('heading', { name: 'Garden' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
    assert.match(await page.title(), /^Garden/);
  });
});
