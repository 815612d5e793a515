// Products as a grid of cards.

import { badge } from '/shared/controls.js';
import { money } from '/shared/format.js';
import { t } from '/shared/wording.js';
import { picture } from './picture.js';

const m = window.m;

export function availability(product) {
  if (product.status === 'archived') return badge('bad', t('product.archived'));
  if (product.available <= 0) return badge('bad', t('product.sold_out'));
  if (product.available <= 5) {
    return badge('warn', t('product.few', { count: product.available }));
  }
  return badge('good', t('product.in_stock'));
}

export const productCards = (products) => m('ul.cards', products.map((product) =>
  m('li.card', { key: product.id },
    m('a', { href: `#/product/${product.id}` }, picture(product), m('span.name', product.name)),
    m('.price', money(product.price)), product.available <= 5 && availability(product))));
