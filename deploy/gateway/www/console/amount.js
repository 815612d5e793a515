// What an operator typed as an amount.

import { parseMoney } from '/shared/format.js';
import { Problem } from '/shared/problem.js';

// {amount, currency} of what stands in the field `amount`; a Problem of that field if it is none.
export function typedAmount(text, currency) {
  const amount = parseMoney(text, currency);
  if (amount === null) {
    throw new Problem(422, { code: 'validation_failed',
      errors: [{ pointer: '/amount', code: 'invalid_format', detail: '' }] });
  }
  return { amount, currency };
}
