import assert from 'node:assert/strict';
import test from 'node:test';

import { duration, minorUnits, money, parseMoney } from
  '../../../deploy/gateway/www/shared/format.js';

test('money is shown in its currency, from minor units', () => {
  assert.match(money({ amount: 1999, currency: 'GBP' }), /19\.99/);
  assert.match(money({ amount: 1999, currency: 'JPY' }), /1,999/);
  assert.equal(money(null), '–');
});

test('what people type as an amount is read exactly', () => {
  assert.equal(minorUnits('JPY'), 1);
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
