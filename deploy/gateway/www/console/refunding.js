// Giving money back: an amount, or all that is left; once, also when the answer is lost.

import { field, form, notice, problemNotice } from '/shared/controls.js';
import { amountText, money } from '/shared/format.js';
import { once } from '/shared/once.js';
import { action } from '/shared/resource.js';
import { sendButton } from '/shared/send_button.js';
import { t } from '/shared/wording.js';
import { typedAmount } from './amount.js';

const m = window.m;

const refundable = ['captured', 'authorized', 'partially_refunded'];

function bodyOf({ amount: text, reason, restock }, currency) {
  if (!text) return { reason, restock: restock === 'on' };
  return { reason, amount: typedAmount(text, currency) };
}

export const Refunding = () => {
  const sending = once();
  let made = null;
  const refunding = action(async ({ order, done }, values, sheet) => {
    made = (await sending.post(`/orders/${order.id}/refunds`,
      () => bodyOf(values, order.total.currency))).body;
    sheet.reset();
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
            example: amountText({ ...order.total, amount: Math.floor(left / 2) }) }),
          problem: refunding.problem, disabled: sending.unsure }),
        field({ name: 'reason', label: t('head.reason'), required: true, maxlength: 500,
          problem: refunding.problem, disabled: sending.unsure }),
        m('label.choice',
          m('input', { type: 'checkbox', name: 'restock', disabled: sending.unsure }),
          m('span', t('refund.restock'))),
        problemNotice(refunding.problem),
        made && notice('good', t('refund.made', {
          amount: money(made.amount), status: made.status })),
        sendButton(t('refund.do'), sending, { kind: 'danger', busy: refunding.busy }));
    },
  };
};
