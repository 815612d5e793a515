import { after, test } from 'node:test';

import { close, open, seesText, withPage } from './browser.js';
import { product, without } from './system.js';

after(close);

const stale = 'Prices and stock may be out of date';

test('catalog is killed: browsing goes on, marked as old, until it is back', async () => {
  await withPage({ expected: [502] }, async (page) => {
    const thing = await product();
    await open(page, '/#/category/mugs');
    await page.locator('.card').first().waitFor();
    await open(page, `/#/product/${thing.id}`);
    await page.getByRole('heading', { name: thing.name }).waitFor();
    await open(page, '/#/');
    await page.locator('.card').first().waitFor();

    await without('catalog', async () => {
      await page.waitForTimeout(2100);  // older than what the cache calls fresh
      await open(page, '/#/category/mugs');
      await seesText(page, stale);
      await page.locator('.card').first().waitFor();
      await open(page, `/#/product/${thing.id}`);
      await page.getByRole('heading', { name: thing.name }).waitFor();
      await seesText(page, '£19.99');
      await seesText(page, stale);
      await open(page, '/#/');
      await page.reload();
      await page.locator('.card').first().waitFor();
      await seesText(page, stale);

      await open(page, '/#/search?q=nobody-asked-for-this');
      await seesText(page, 'not available right now');
    });
    await page.getByRole('button', { name: 'Try again' }).click();
    await seesText(page, 'Nothing matches');
    await page.getByText(stale).waitFor({ state: 'detached' });
  });
});
