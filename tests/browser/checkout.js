// From the shop's first page to the button that buys.

import { open } from './browser.js';

export async function putIntoCart(page, product, quantity = 1) {
  await open(page, `/#/product/${product.id}`);
  await page.getByLabel('Quantity').fill(String(quantity));
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByRole('link', { name: 'Go to the cart' }).click();
  await page.getByText(product.name).first().waitFor();
}

export async function fillAddress(page) {
  await page.getByLabel('Name').fill('Grace Hopper');
  await page.getByLabel('Street and number').fill('1 Harbour Street');
  await page.getByLabel('City').fill('Arlington');
  await page.getByLabel('Postcode').fill('22201');
  await page.getByLabel('Country').selectOption('US');
}

// To the checkout of what is in the cart, with a new address and the given card chosen.
export async function prepareCheckout(page, card) {
  await page.getByRole('link', { name: 'Checkout' }).click();
  await page.getByRole('heading', { name: 'Checkout' }).waitFor();
  await fillAddress(page);
  await page.getByRole('radio', { name: card }).check();
}

export const pay = (page) => page.getByRole('button', { name: /^Order and pay/ }).click();
