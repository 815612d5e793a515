// Giving money back: an amount, or all that is left. The request has a name, so that pressing again
// after a lost answer gives back once.

import { call, newKey } from '/shared/api.js';
import { button, field, form, notice, problemNotice } from '/shared/controls.js';
import { minorUnits, money, parseMoney } from '/shared/format.js';
import { Problem } from '/shared/problem.js';
import { action } from '/shared/resource.js';
import { t } from '/shared/wording.js';

const m = window.m;

const refundable = ['captured', 'authorized', 'partially_refunded'];

export const Refunding = () => {
  let key = newKey(), made = null;
  const refunding = action(async ({ order, done }, values, sheet) => {
    const body = { reason: values.reason, restock: values.restock === 'on' };
    if (values.amount) {
      const amount = parseMoney(values.amount, order.total.currency);
      if (amount === null) {
        throw new Problem(422, { code: 'validation_failed',
          errors: [{ pointer: '/amount', code: 'invalid_format', detail: '' }] });
      }
      body.amount = { amount, currency: order.total.currency };
      delete body.restock;
    }
    try {
      made = (await call('POST', `/orders/${order.id}/refunds`, { body, key })).body;
      sheet.reset();
      key = newKey();
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500) key = newKey();
      throw problem;
    }
    await done();
  });
  return {
    view({ attrs }) {
      const { order } = attrs;
      if (!order.payment || !refundable.includes(order.payment.status) || !order.total) return null;
      const left = order.total.amount - (order.refunded ? order.refunded.amount : 0);
      return form({ class: 'narrow', 'aria-label': t('refund.title') },
        (values, sheet) => refunding.run(attrs, values, sheet),
        m('h3', t('refund.title')),
        field({ name: 'amount', label: t('head.amount'), inputmode: 'decimal',
          hint: t('refund.hint', { left: money({ ...order.total, amount: left }),
            example: (left / minorUnits(order.total.currency) / 2).toFixed(2) }),
          problem: refunding.problem }),
        field({ name: 'reason', label: t('head.reason'), required: true, maxlength: 500,
          problem: refunding.problem }),
        m('label.choice', m('input', { type: 'checkbox', name: 'restock' }),
          m('span', t('refund.restock'))),
        problemNotice(refunding.problem),
        made && notice('good', t('refund.made', {
          amount: money(made.amount), status: made.status })),
        button(t('refund.do'), { type: 'submit', kind: 'danger', busy: refunding.busy }));
    },
  };
};
