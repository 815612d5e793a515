import assert from 'node:assert/strict';
import test from 'node:test';

import { fieldWords, Problem, wordsOf } from '../../../deploy/gateway/www/shared/problem.js';
import { texts } from '../../../deploy/gateway/www/shared/texts.js';
import { t } from '../../../deploy/gateway/www/shared/wording.js';

test('a problem is told in plain words, and by the service where we have none', () => {
  assert.match(wordsOf(new Problem(503, { code: 'unavailable' })), /not available/);
  const told = new Problem(409, { code: 'new_code', detail: 'As it says.' });
  assert.equal(wordsOf(told), 'As it says.');
  assert.match(wordsOf(new Problem(402, {
    code: 'payment_declined', decline_code: 'insufficient_funds' })), /not enough money/);
  assert.match(wordsOf(new TypeError('x is undefined')), /on our side/);
});

test('what is wrong with a field is found by its pointer', () => {
  const problem = new Problem(422, { code: 'validation_failed',
    errors: [{ pointer: '/shipping_address/city', code: 'required', detail: '' }] });
  assert.match(fieldWords(problem, 'city'), /fill this in/);
  assert.equal(fieldWords(problem, 'line1'), '');
});

test('words count', () => {
  assert.equal(t('cart.count', { count: 1 }), '1 thing');
  assert.equal(t('cart.count', { count: 2 }), '2 things');
  assert.equal(t('no.such.key'), 'no.such.key');
  assert.ok(Object.keys(texts).length > 300);
});
