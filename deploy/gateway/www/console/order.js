// One order over all services: its way as a waterfall, its money, and what an operator may do.

import { call, get } from '/shared/api.js';
import { button, heading, problemNotice, shown, table } from '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { action, resource, watching } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { statusBadge } from './order_status.js';
import { Refunding } from './refunding.js';
import { waterfall } from './waterfall.js';

const m = window.m;

const every_ms = 2000;

const facts = (it) => m('dl',
  m('dt', t('head.status')), m('dd', statusBadge(it.status), ' ', it.reject_reason || ''),
  m('dt', t('head.total')), m('dd', money(it.total)),
  m('dt', t('head.refunded')), m('dd', money(it.refunded)),
  m('dt', t('head.payment')), m('dd', it.payment ? it.payment.status : '–'),
  m('dt', t('head.user')), m('dd', m('a', { href: `#/users?id=${it.user_id}` }, it.user_id)),
  m('dt', t('head.created')), m('dd', date(it.created_at)),
  it.tracking && [m('dt', t('order.tracking')),
    m('dd', [it.tracking.carrier, it.tracking.tracking_number].filter(Boolean).join(' '))],
  m('dt', 'id'), m('dd', m('code', it.id)));

const lineTable = (it) => table(t('lines.title'),
  ['sku', 'name', 'quantity', 'price', 'total'].map((key) => t(`head.${key}`)),
  it.lines.map((line) => [
    m('a', { href: `#/products/${line.product_id}` }, line.sku || line.product_id),
    line.name || '–', line.quantity, money(line.unit_price), money(line.line_total)]));

const paymentTable = (payments) => payments.map((payment) => m('section', { key: payment.id },
  m('p', t('payment.told', {
    status: payment.status, amount: money(payment.amount), captured: money(payment.captured),
    refunded: money(payment.refunded),
    card: payment.card ? `${payment.card.brand} ····${payment.card.last4}` : '–',
  })),
  table(t('payment.attempts'), [t('head.operation'), t('head.outcome'), t('head.at')],
    payment.attempts.map((one) => [one.operation, one.outcome, date(one.at)]))));

const entryTable = (entries) => table(t('ledger.of_order'),
  [t('head.account'), t('head.amount'), t('head.at')],
  entries.map((one) => [one.account, money(one.amount), date(one.at)]));

const refundTable = (refunds) => table(t('refunds.title'),
  ['amount', 'reason', 'status', 'created'].map((key) => t(`head.${key}`)),
  refunds.map((one) => [money(one.amount), one.reason, one.status, date(one.created_at)]));

export const Order = () => {
  const id = parameter('id');
  const parts = {
    order: resource(() => get(`/orders/${id}`)),
    timeline: resource(async () => (await get(`/orders/${id}/timeline`)).data),
    payments: resource(async () => (await get(`/payments?order_id=${id}`)).data),
    entries: resource(async () => (await get(`/ledger/entries?order_id=${id}&limit=100`)).data),
    refunds: resource(async () => (await get(`/orders/${id}/refunds`)).data),
  };
  const reload = () => Promise.all(Object.values(parts).map((part) => part.reload()));
  async function look() {
    await reload();
    const { value, problem } = parts.order;
    return !(problem && problem.status === 404 && !value);
  }
  const moving = action(async (verb) => {
    await call('POST', `/orders/${id}/${verb}`, { body: verb === 'ship' ? {} : undefined });
    await reload();
  });
  const mover = (verb) => button(t(`do.${verb}`), {
    busy: moving.busy, onclick: () => moving.run(verb),
    kind: verb === 'cancel' ? 'danger' : '',
  });

  const content = (it) => [
    m('.order', m('section', m('h2', t('waterfall.title')), shown(parts.timeline, waterfall)),
      m('section', m('h2', t('order.facts')), facts(it),
        m('p.actions', it.status === 'confirmed' && mover('ship'),
          it.status === 'shipped' && mover('deliver'),
          ['pending', 'confirmed'].includes(it.status) && mover('cancel')),
        problemNotice(moving.problem))),
    m('section', lineTable(it)),
    m('section', shown(parts.payments, paymentTable)),
    m('section', shown(parts.refunds, refundTable),
      m(Refunding, { order: it, done: reload })),
    m('section', shown(parts.entries, entryTable)),
  ];
  return {
    ...watching(look, every_ms),
    view: () => [
      heading(parts.order.value ? t('order.number', { number: parts.order.value.number })
        : t('order.title')),
      shown(parts.order, content),
    ],
  };
};
