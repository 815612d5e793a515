// One product, and how many of it somebody wants.

import { button, field, form, heading, notice, problemNotice, shown } from '/shared/controls.js';
import { money } from '/shared/format.js';
import { action, resource } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { add } from './basket.js';
import { categoryOf, getProduct } from './catalog.js';
import { picture } from './picture.js';
import { availability } from './product_cards.js';

const m = window.m;

const attributes = (product) => m('dl', Object.entries(product.attributes).map(([name, value]) =>
  [m('dt', name), m('dd', value)]));

const path = (product) => {
  const category = categoryOf(product.category);
  return category && m('nav.chips', { 'aria-label': t('category.of') },
    m('a', { href: `#/category/${category.slug}` }, category.name));
};

export const Product = () => {
  const product = resource(() => getProduct(parameter('id')));
  let inCart = 0;
  const adding = action(async (quantity) => { inCart = await add(product.value, quantity); });

  const buying = (one) => form({ class: 'inline' },
    (values) => adding.run(Number(values.quantity)),
    field({ name: 'quantity', label: t('quantity'), type: 'number', min: 1, max: 10000, value: 1,
      required: true, problem: adding.problem }),
    button(t('product.add'), { busy: adding.busy, type: 'submit', kind: 'main',
      disabled: adding.busy || one.available <= 0 || one.status !== 'active' }));

  return {
    oninit: () => product.reload(),
    view: () => [
      heading(product.value ? product.value.name : t('product.title')),
      shown(product, (one) => m('article.product',
        picture(one),
        m('div', path(one),
          m('p.price.large', money(one.price)), m('p', availability(one)),
          m('p', one.description), buying(one),
          inCart > 0 && notice('good', t('product.added', { count: inCart }), ' ',
            m('a', { href: '#/cart' }, t('cart.open'))),
          problemNotice(adding.problem),
          attributes(one), m('p.small', t('product.sku', { sku: one.sku }))))),
    ],
  };
};
