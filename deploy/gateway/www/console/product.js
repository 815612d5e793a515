// One product: what is said of it, and how much of it there is. Two who edit at once do not
// overwrite each other: a change names the version that it was made on.

import { call, get } from '/shared/api.js';
import { badge, button, field, form, heading, notice, problemNotice, shown } from
  '/shared/controls.js';
import { amountText, money, parseMoney } from '/shared/format.js';
import { once } from '/shared/once.js';
import { action, resource } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { sendButton } from '/shared/send_button.js';
import { t } from '/shared/wording.js';

const m = window.m;

export const Product = () => {
  const id = parameter('id');
  let etag = null, saved = false;
  const product = resource(async () => {
    const answer = await call('GET', `/products/${id}`);
    etag = answer.headers.get('ETag');
    return answer.body;
  });
  const stock = resource(() => get(`/products/${id}/stock`));
  const reload = () => Promise.all([product.reload(), stock.reload()]);
  const change = (body) => call(body ? 'PATCH' : 'DELETE', `/products/${id}`, {
    body, headers: { 'If-Match': etag },
  });

  const editing = action(async ({ name, description, price }) => {
    saved = false;
    const { currency } = product.value.price;
    const amount = parseMoney(price, currency) ?? 0;
    await change({ name, description: description || '', price: { amount, currency } });
    saved = true;
    await reload();
  });
  const archiving = action(async () => {
    await change(null);
    await reload();
  });
  const adjustment = once();
  const adjusting = action(async ({ delta, reason }, sheet) => {
    await adjustment.post(`/products/${id}/stock-adjustments`,
      () => ({ delta: Number(delta), reason }));
    sheet.reset();
    await reload();
  });

  const editor = (it) => form({ class: 'narrow', 'aria-label': t('product.edit') },
    (values) => editing.run(values), m('h2', t('product.edit')),
    field({ name: 'name', label: t('head.name'), value: it.name, required: true, maxlength: 200,
      problem: editing.problem }),
    field({ name: 'price', label: t('head.price'), value: amountText(it.price), required: true,
      inputmode: 'decimal', hint: it.price.currency, problem: editing.problem }),
    field({ name: 'description', label: t('head.description'), input: 'textarea', rows: 4,
      value: it.description, maxlength: 10000, problem: editing.problem }),
    problemNotice(editing.problem, product.reload),
    saved && notice('good', t('saved')),
    button(t('save'), { type: 'submit', kind: 'main', busy: editing.busy }), ' ',
    it.status === 'active' && button(t('product.archive'), { kind: 'danger',
      busy: archiving.busy, onclick: () => archiving.run() }),
    problemNotice(archiving.problem));

  const adjuster = () => form({ class: 'narrow', 'aria-label': t('stock.adjust') },
    (values, sheet) => adjusting.run(values, sheet), m('h2', t('stock.title')),
    shown(stock, (it) => m('dl', ['on_hand', 'reserved', 'available'].map((key) =>
      [m('dt', t(`head.${key}`)), m('dd', it[key])]))),
    field({ name: 'delta', label: t('stock.delta'), type: 'number', required: true,
      hint: t('stock.delta_hint'), problem: adjusting.problem, disabled: adjustment.unsure }),
    field({ name: 'reason', label: t('head.reason'), required: true, maxlength: 500,
      problem: adjusting.problem, disabled: adjustment.unsure }),
    problemNotice(adjusting.problem),
    sendButton(t('stock.adjust'), adjustment, { busy: adjusting.busy }));

  return {
    oninit: reload,
    view: () => [
      heading(product.value ? product.value.name : t('product.title')),
      shown(product, (it) => [
        m('p', m('code', it.sku), ' ', money(it.price), ' ',
          badge(it.status === 'active' ? 'good' : 'plain', it.status)),
        m('.order', m('section', editor(it)), m('section', adjuster())),
      ]),
    ],
  };
};
