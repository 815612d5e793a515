// The cart: how many of what, and the way to the checkout.

import { button, field, heading, notice, problemNotice } from '/shared/controls.js';
import { money } from '/shared/format.js';
import { action } from '/shared/resource.js';
import { t } from '/shared/wording.js';
import { cart, refresh, want } from './basket.js';

const m = window.m;

const short = (line) => line.available !== null && line.available < line.quantity
  && m('p.wrong', t('cart.short', { count: line.available }));

const lineItem = (line, changing) => m('li.line', { key: line.product_id },
  m('.what', m('a', { href: `#/product/${line.product_id}` }, line.name || t('product.unknown')),
    m('.small', money(line.unit_price)), short(line)),
  field({ name: `quantity-${line.product_id}`, label: t('quantity'), type: 'number', min: 1,
    max: 10000, required: true, value: line.quantity,
    onchange: (event) => changing.run(line, Number(event.target.value)) }),
  m('strong.price', money(line.line_total)),
  button(t('cart.remove'), { kind: 'quiet', onclick: () => changing.run(line, 0),
    'aria-label': t('cart.remove_named', { name: line.name }) }));

export const Cart = () => {
  const changing = action((line, quantity) => want(line, quantity));
  const content = (it) => (it.lines.length === 0
    ? [m('p', t('cart.empty')), m('p', m('a', { href: '#/' }, t('cart.browse')))]
    : [
      it.stale && notice('warn', t('stale.cart')),
      m('ul.lines', it.lines.map((line) => lineItem(line, changing))),
      problemNotice(changing.problem),
      m('p.total', t('total'), ' ', m('strong', money(it.total))),
      m('p', m('a.button.main', { href: '#/checkout' }, t('checkout.title'))),
    ]);
  return {
    oninit: refresh,
    view: () => [
      heading(t('cart.title')),
      cart.value ? [cart.problem && notice('warn', t('stale.cart')), content(cart.value)]
        : problemNotice(cart.problem, refresh) || m('p.waiting', t('loading')),
    ],
  };
};
