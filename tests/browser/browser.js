// Debian's Chromium, without a window, and what every page of ours has to keep to.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { chromium } from 'playwright-core';

import { customer, password, root, settings } from './system.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const patience_ms = 10_000;
export const wide = { width: 1280, height: 900 };
export const narrow = { width: 360, height: 740 };

let browser = null;
async function launched() {
  browser = browser || await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'],
  });
  return browser;
}
export async function close() {
  if (browser) await browser.close();
}

// Chromium writes a line of its own for every answer of 400 or above. A test names those that it
// provokes; everything else that a page writes as an error is one.
function isExpected(message, statuses) {
  const refused = /^Failed to load resource: .*status of (\d+)/.exec(message);
  return refused !== null && statuses.includes(Number(refused[1]));
}

// A page of a browser that nobody used before, for the test `use`; afterwards nothing may have gone
// wrong in it. `expected` are the statuses that the test provokes.
export async function withPage({ expected = [], ...options }, use) {
  const context = await (await launched()).newContext({
    viewport: wide, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(patience_ms);
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.text(), expected)) {
      wrong.push(`${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => wrong.push(error.stack));
  try {
    await use(page);
    assert.deepEqual(wrong, [], 'errors in the browser\'s console');
  } catch (error) {
    const text = await page.locator('body').innerText().catch(() => '(no page)');
    error.message += `\non the page: ${text.slice(0, 800)}`;
    throw error;
  } finally {
    await context.close();
  }
}

export const open = (page, where) => page.goto(settings().GATEWAY_URL + where);

// Fills in the form of signing in, at either page.
export async function signIn(page, email, secret = password) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// The shop, as a new customer who is signed in; {email, token}.
export async function openAsCustomer(page) {
  const buyer = await customer();
  await open(page, '/#/sign-in');
  await signIn(page, buyer.email);
  await page.getByRole('heading', { name: 'Welcome, Grace Hopper' }).waitFor();
  return buyer;
}

export async function openConsole(page, place = '/') {
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = settings();
  await open(page, `/console#${place}`);
  await signIn(page, ADMIN_EMAIL, ADMIN_PASSWORD);
}

export async function seesText(page, text, timeout = patience_ms) {
  await page.getByText(text).first().waitFor({ timeout });
}

// What axe-core finds of the two worse kinds, as `rule: selector`.
export async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => window.axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return found.filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`));
}

// One of the documents' pictures, made only when asked for.
export async function picture(page, name) {
  if (!process.env.MERCATO_SCREENSHOTS) return;
  const folder = path.join(root, 'docs/images');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
