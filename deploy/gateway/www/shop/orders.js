// One's own orders, newest first.

import { get, query } from '/shared/api.js';
import { heading, morePages, shown } from '/shared/controls.js';
import { pages } from '/shared/resource.js';
import { t } from '/shared/wording.js';
import { orderCards } from './order_cards.js';

const m = window.m;

export const Orders = () => {
  const orders = pages((cursor) => get(`/orders${query({ cursor })}`));
  return {
    oninit: () => orders.reload(),
    view: () => [
      heading(t('orders.title')),
      shown(orders, (list) => (list.length > 0 ? [orderCards(list), morePages(orders)]
        : m('p', t('orders.empty')))),
    ],
  };
};
