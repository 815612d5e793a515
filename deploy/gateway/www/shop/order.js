// One order, live: what is in it, how it stands, and what happened to it.

import { call } from '/shared/api.js';
import { button, heading, notice, problemNotice, shown } from '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { declineWords } from '/shared/problem.js';
import { action } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { named, t } from '/shared/wording.js';
import { addressLines } from './address_fields.js';
import { statusBadge } from './order_cards.js';
import { live, unpaid } from './order_live.js';
import { stepsOf } from './order_steps.js';

const m = window.m;

// Why an order was rejected; the bank's own reason is in the timeline.
function reason(order, timeline) {
  const refused = timeline.find((one) =>
    one.step === 'authorize_payment' && one.outcome === 'failed');
  return order.reject_reason === 'payment_declined' && refused
    ? declineWords(refused.detail) : named('reject', order.reject_reason);
}

// What the customer should know now, in a sentence.
function story(order, timeline) {
  const last = timeline && timeline[timeline.length - 1];
  const waits = last && ['unknown', 'retried', 'failed', 'degraded'].includes(last.outcome);
  switch (order.status) {
    case 'pending':
      return notice('info', t(waits && last.step.includes('payment') ? 'story.confirming_payment'
        : waits ? 'story.taking_longer' : 'story.pending'));
    case 'cancelling': return notice('info', t('story.cancelling'));
    case 'confirmed':
      return notice('good', t(unpaid(order) ? 'story.confirmed_unpaid' : 'story.confirmed'));
    case 'shipped': return notice('good', t('story.shipped'));
    case 'delivered': return notice('good', t('story.delivered'));
    case 'rejected':
      return notice('bad', reason(order, timeline || []), ' ', t('story.rejected'));
    default: return notice('info', t('story.cancelled'));
  }
}

const timelineList = (timeline) => m('ol.timeline', stepsOf(timeline).map((step) =>
  m(`li.${step.kind}`, { key: step.key }, m('span', step.text),
    m('time.small', { datetime: step.at }, date(step.at)))));

const lines = (order) => m('ul.rows', order.lines.map((line) => m('li', { key: line.product_id },
  m('a', { href: `#/product/${line.product_id}` },
    `${line.quantity} × ${line.name || t('product.unknown')}`),
  m('span', money(line.line_total)))));

const details = (order) => m('dl',
  m('dt', t('total')), m('dd', money(order.total)),
  order.refunded && [m('dt', t('order.refunded')), m('dd', money(order.refunded))],
  m('dt', t('order.payment')),
  m('dd', order.payment ? named('payment', order.payment.status) : t('order.no_payment')),
  m('dt', t('order.to')),
  m('dd', order.shipping_address ? addressLines(order.shipping_address) : t('order.no_address')),
  order.tracking && [m('dt', t('order.tracking')),
    m('dd', [order.tracking.carrier, order.tracking.tracking_number].filter(Boolean).join(' '))],
  m('dt', t('order.placed')), m('dd', date(order.created_at)));

export const Order = () => {
  const following = live(parameter('id'));
  const { order, timeline, oninit, onremove } = following;
  const cancelling = action(async (id) => {
    await call('POST', `/orders/${id}/cancel`);
    await following.look();
  });

  const content = (it) => [
    m('p', statusBadge(it.status), ' ',
      following.away() && m('span.small', { role: 'status' }, t('order.away'))),
    story(it, timeline.value),
    m('.order', m('section', m('h2', t('order.lines')), lines(it), details(it),
      ['pending', 'confirmed'].includes(it.status)
        && button(t('order.cancel'), { busy: cancelling.busy,
          onclick: () => cancelling.run(it.id) }),
      problemNotice(cancelling.problem)),
    m('section', m('h2', t('order.timeline')), shown(timeline, timelineList))),
  ];

  return {
    oninit,
    onremove,
    view: () => [
      heading(order.value ? t('order.number', { number: order.value.number }) : t('order.title')),
      shown(order, content),
    ],
  };
};
