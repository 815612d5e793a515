// The range of goods: found by words, and added to.

import { get, query } from '/shared/api.js';
import { badge, button, field, form, heading, morePages, problemNotice, shown, table } from
  '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { once } from '/shared/once.js';
import { action, pages } from '/shared/resource.js';
import { go } from '/shared/router.js';
import { sendButton } from '/shared/send_button.js';
import { t } from '/shared/wording.js';
import { typedAmount } from './amount.js';

const m = window.m;

const row = (product) => [
  m('a', { href: `#/products/${product.id}` }, product.sku), product.name,
  product.category || '–', money(product.price),
  product.available > 0 ? product.available : badge('bad', '0'), date(product.updated_at),
];

const bodyOf = ({ sku, name, on_hand: onHand = 0, category, amount, currency }) => ({
  sku, name, on_hand: Number(onHand), ...(category && { category }),
  price: typedAmount(amount, currency),
});

const Adding = () => {
  const sending = once();
  const adding = action(async (values) => {
    const { body: product } = await sending.post('/products', () => bodyOf(values));
    go(`/products/${product.id}`);
  });
  const it = (name, rest) => field({ name, label: t(`head.${name}`), required: true,
    problem: adding.problem, disabled: sending.unsure, ...rest });
  return {
    view: () => m('details', m('summary', t('products.add')),
      form({ class: 'narrow' }, (values) => adding.run(values),
        it('sku', { maxlength: 64 }), it('name', { maxlength: 200 }),
        it('amount', { inputmode: 'decimal', label: t('head.price') }),
        it('currency', { value: 'GBP', maxlength: 3 }),
        it('category', { required: false, hint: t('category.hint') }),
        it('on_hand', { type: 'number', min: 0, value: 0 }),
        problemNotice(adding.problem),
        sendButton(t('products.add'), sending, { kind: 'main', busy: adding.busy }))),
  };
};

export const Products = () => {
  let q = '';
  const products = pages((cursor) => get(`/products${query({ q, cursor, limit: 50 })}`));
  return {
    oninit: () => products.reload(),
    view: () => [
      heading(t('place./products')),
      form({ class: 'inline', role: 'search' }, (values) => {
        q = values.q || '';
        products.reload();
      }, field({ name: 'q', label: t('words'), type: 'search', maxlength: 200 }),
      button(t('show'), { type: 'submit' })),
      m(Adding),
      shown(products, (list) => table(t('place./products'),
        ['sku', 'name', 'category', 'price', 'available', 'updated'].map((key) => t(`head.${key}`)),
        list.map(row))),
      morePages(products),
    ],
  };
};
