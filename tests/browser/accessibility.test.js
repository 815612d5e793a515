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

const overflow = (page) => page.evaluate(() =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Nothing serious for axe-core, and nothing wider than the window.
async function check(page, place, found) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('.waiting') === null);
  found.push(...(await violations(page)).map((one) => `${place}: ${one}`));
  const wider = await overflow(page);
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

test('the API browser fits the narrowest window, and says which service it shows', async () => {
  await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
    await open(page, '/docs#order');
    await page.locator('section h2').first().waitFor();
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await page.locator('nav a[aria-current=page]').allInnerTexts(), ['order']);
  });
});

test('the API browser shows something at a mangled address', async () => {
  await withPage({}, async (page) => {
    await open(page, '/docs#%');
    await page.locator('section h2').first().waitFor();
  });
});

test('a long name of a category makes no page wider', async () => {
  await withPage({}, async (page) => {
    const name = 'Donaudampfschifffahrtsgesellschaft'.repeat(6);
    await page.route('**/api/v1/{categories,storefront}', async (route) => {
      const response = await route.fetch(), body = await response.json();
      (body.data || body.categories).forEach((one) => { one.name = name; });
      await route.fulfill({ response, json: body });
    });
    for (const place of ['/', '/category/kitchen']) {
      await open(page, `/#${place}`);
      await page.getByRole('link', { name }).first().waitFor();
      assert.equal(await overflow(page), 0, place);
    }
  });
});

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
