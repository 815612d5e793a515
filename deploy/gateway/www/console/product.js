// One product: what is said of it, and how much of it there is. Two who edit at once do not
// overwrite each other: a change names the version that it was made on.

import { call } from '/shared/api.js';
import { badge, button, field, form, heading, notice, problemNotice, shown } from
  '/shared/controls.js';
import { amountText, money } from '/shared/format.js';
import { action, resource } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { Adjusting } from './adjusting.js';
import { typedAmount } from './amount.js';

const m = window.m;

const fields = (product, problem) => [
  field({ name: 'name', label: t('head.name'), value: product.name, required: true,
    maxlength: 200, problem }),
  field({ name: 'amount', label: t('head.price'), value: amountText(product.price),
    required: true, inputmode: 'decimal', hint: product.price.currency, problem }),
  field({ name: 'description', label: t('head.description'), input: 'textarea', rows: 4,
    value: product.description, maxlength: 10000, problem }),
];

export const Product = () => {
  const path = `/products/${parameter('id')}`;
  let etag = null, saved = false;
  const product = resource(async () => {
    const answer = await call('GET', path);
    etag = answer.headers.get('ETag');
    return answer.body;
  });
  const change = (body) =>
    call(body ? 'PATCH' : 'DELETE', path, { body, headers: { 'If-Match': etag } });

  const editing = action(async ({ name, description = '', amount }) => {
    saved = false;
    const price = typedAmount(amount, product.value.price.currency);
    await change({ name, description, price });
    saved = true;
    await product.reload();
  });
  const archiving = action(async () => {
    await change(null);
    await product.reload();
  });

  const editor = (it) => form({ class: 'narrow', 'aria-label': t('product.edit') },
    (values) => editing.run(values), m('h2', t('product.edit')), fields(it, editing.problem),
    problemNotice(editing.problem, product.reload),
    saved && notice('good', t('saved')),
    button(t('save'), { type: 'submit', kind: 'main', busy: editing.busy }), ' ',
    it.status === 'active' && button(t('product.archive'), { kind: 'danger',
      busy: archiving.busy, onclick: () => archiving.run() }),
    problemNotice(archiving.problem));

  return {
    oninit: () => product.reload(),
    view: () => [
      heading(product.value ? product.value.name : t('product.title')),
      shown(product, (it) => [
        m('p', m('code', it.sku), ' ', money(it.price), ' ',
          badge(it.status === 'active' ? 'good' : 'plain', it.status)),
        m('.order', m('section', editor(it)), m('section', m(Adjusting, { id: it.id }))),
      ]),
    ],
  };
};
