// All orders, newest first, by status or customer; one by its id.

import { get, query } from '/shared/api.js';
import { button, field, form, heading, morePages, shown, table } from '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { pages } from '/shared/resource.js';
import { go, parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { statusBadge, statuses } from './order_status.js';

const m = window.m;

const row = (order) => [
  m('a', { href: `#/orders/${order.id}` }, order.number), statusBadge(order.status),
  order.payment ? order.payment.status : '–', money(order.total), money(order.refunded),
  m('a', { href: `#/users?id=${order.user_id}` }, order.user_id.slice(-12)),
  date(order.created_at),
];

export const Orders = () => {
  let filters = { user_id: parameter('user_id') };
  const orders = pages((cursor) => get(`/admin/orders${query({ ...filters, cursor })}`));
  function filter(values) {
    if (values.id) return go(`/orders/${values.id.trim()}`);
    filters = { ...filters, status: values.status };
    return orders.reload();
  }
  return {
    oninit: () => orders.reload(),
    view: () => [
      heading(t('place./orders')),
      form({ class: 'inline', role: 'search' }, filter,
        field({ name: 'status', label: t('head.status'), input: 'select', value: '',
          options: [['', t('any')], ...statuses.map((one) => [one, one])] }),
        field({ name: 'id', label: t('order_id'), pattern: '\\s*[0-9a-fA-F-]{36}\\s*' }),
        button(t('show'), { type: 'submit' })),
      filters.user_id && m('p', t('of_user', { id: filters.user_id })),
      shown(orders, (list) => table(t('place./orders'),
        ['number', 'status', 'payment', 'total', 'refunded', 'user', 'created']
          .map((key) => t(`head.${key}`)), list.map(row))),
      morePages(orders),
    ],
  };
};
