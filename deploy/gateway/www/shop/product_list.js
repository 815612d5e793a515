// A list of products that grows page by page, with its order and its filters.

import { field, morePages, shown } from '/shared/controls.js';
import { t } from '/shared/wording.js';
import { productCards } from './product_cards.js';

const m = window.m;

export function sorting(selected, orders, onchange) {
  return field({
    name: 'sort', label: t('sort.label'), input: 'select', required: true, value: selected,
    options: orders.map((order) => [order, t(`sort.${order}`)]), onchange,
  });
}

export const productList = (products, empty) => shown(products, (list) => [
  m('p.small', { role: 'status' }, t('products.count', {
    count: list.length, more: products.next ? '+' : '',
  })),
  list.length === 0 ? m('p', empty) : productCards(list),
  morePages(products),
]);
