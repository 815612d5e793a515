import assert from 'node:assert/strict';
import test from 'node:test';

import { amountText, duration, money, parseMoney } from
  '../../../deploy/gateway/www/shared/format.js';

test('money is shown in its currency, from minor units', () => {
  assert.match(money({ amount: 1999, currency: 'GBP' }), /19\.99/);
  assert.match(money({ amount: 1999, currency: 'JPY' }), /1,999/);
  assert.equal(money(null), '–');
});

// Intl counts no minor units where nobody uses them any more; ISO 4217, and so the API, does.
test('minor units are those of ISO 4217', () => {
  for (const currency of ['AFN', 'ALL', 'COP', 'HUF', 'IDR', 'IRR', 'KPW', 'LAK', 'LBP', 'MGA',
    'MMK', 'PKR', 'SOS', 'SYP', 'YER']) {
    assert.match(money({ amount: 199900, currency }), /1,999\.00$/, currency);
    assert.equal(parseMoney('50', currency), 5000, currency);
  }
  for (const currency of ['IQD', 'BHD', 'TND']) {
    assert.match(money({ amount: 1999000, currency }), /1,999\.000$/, currency);
    assert.equal(parseMoney('1.5', currency), 1500, currency);
  }
  for (const currency of ['KRW', 'XAF', 'VND']) {
    assert.match(money({ amount: 1999, currency }), /1,999$/, currency);
    assert.equal(parseMoney('1.5', currency), null, currency);
  }
});

test('an amount is written into a field as it may be typed', () => {
  for (const [amount, currency, text] of [[1999, 'GBP', '19.99'], [500, 'JPY', '500'],
    [5, 'KWD', '0.005']]) {
    assert.equal(amountText({ amount, currency }), text);
    assert.equal(parseMoney(text, currency), amount);
  }
});

test('what people type as an amount is read exactly', () => {
  for (const [text, amount] of [['19.99', 1999], ['19,9', 1990], [' 7 ', 700], ['1,999.00', 199900],
    ['0.29', 29], ['4.35', 435]]) {
    assert.equal(parseMoney(text, 'GBP'), amount, text);
  }
  assert.equal(parseMoney('1999', 'JPY'), 1999);
  for (const text of ['', 'x', '1.999', '-1', '1e3', '9'.repeat(20)]) {
    assert.equal(parseMoney(text, 'GBP'), null, text);
  }
});

test('durations are short', () => {
  assert.deepEqual([0.35, 12, 300, 7300, 200000].map(duration),
    ['350 ms', '12 s', '5 min', '2 h', '2 d']);
});
