// Orders in a few words each.

import { badge } from '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { named, t } from '/shared/wording.js';

const m = window.m;

const kinds = {
  pending: 'warn', cancelling: 'warn', confirmed: 'good', shipped: 'good', delivered: 'good',
  rejected: 'bad', cancelled: 'plain',
};
export const statusBadge = (status) => badge(kinds[status] || 'plain', named('status', status));

export const orderCards = (orders) => m('ul.rows', orders.map((order) =>
  m('li', { key: order.id },
    m('a', { href: `#/orders/${order.id}` }, t('order.number', { number: order.number })),
    statusBadge(order.status), m('span', money(order.total)),
    m('span.small', date(order.created_at)))));
