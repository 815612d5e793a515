// The checkout: where to, paid how, and one request that does it all, once: after a lost answer it
// is that very request which is sent again, whatever became of the cart meanwhile.

import { get } from '/shared/api.js';
import { form, heading, notice, problemNotice, shown } from '/shared/controls.js';
import { money } from '/shared/format.js';
import { once } from '/shared/once.js';
import { wordsOf } from '/shared/problem.js';
import { action, resource } from '/shared/resource.js';
import { go } from '/shared/router.js';
import { sendButton } from '/shared/send_button.js';
import { user } from '/shared/session.js';
import { t } from '/shared/wording.js';
import { addressFields, addressLines } from './address_fields.js';
import { cart, refresh } from './basket.js';
import { testCards } from './test_cards.js';

const m = window.m;

// The order under way stays while its customer looks around elsewhere, and is not the next one's.
let ordering = once(), buyer = null;
function begin(id) {
  if (id !== buyer) ordering = once();
  buyer = id;
}

const addressOf = ({ name, line1, line2, city, region, postal_code, country, phone }) =>
  ({ name, line1, line2, city, region, postal_code, country, phone });

const radio = (name, value, checked, onchange, ...text) => m('label.choice', { key: value },
  m('input', { type: 'radio', name, value, checked, onchange }), m('span', text));

// While it is not known what became of an order, there is nothing to choose.
const choice = (...content) => m('fieldset', {
  disabled: ordering.unsure, hidden: ordering.unsure,
}, content);

const addressChoice = (addresses, chosen, choose, problem) => choice(
  m('legend', t('checkout.address')),
  addresses.map((one) => radio('address', one.id, chosen === one.id, () => choose(one.id),
    addressLines(one))),
  radio('address', 'new', chosen === 'new', () => choose('new'), t('address.new')),
  chosen === 'new' && m('div', { key: 'fields' }, addressFields(problem)));

const cardChoice = (chosen, choose) => choice(
  m('legend', t('checkout.card')),
  m('p.small', { key: 'hint' }, t('checkout.card_hint')),
  testCards.map((card) => radio('card', card, chosen === card, () => choose(card),
    m('strong', t(`card.${card}`)), m('span.small', ` ${t(`card_does.${card}`)}`))));

const summary = (it) => m('aside.summary', { 'aria-label': t('checkout.summary') },
  m('ul.rows', it.lines.map((line) => m('li', { key: line.product_id },
    m('span', `${line.quantity} × ${line.name || t('product.unknown')}`),
    m('span', money(line.line_total))))),
  m('p.total', t('total'), ' ', m('strong', money(it.total))),
  it.stale && notice('warn', t('stale.cart')));

// What the answer means, and the way to the order that it was about.
const refusal = (problem) => problem && [
  problem.body && problem.body.order_id
    ? notice('bad', m('p', wordsOf(problem)), m('p', t('checkout.nothing_taken'), ' ',
      m('a', { href: `#/orders/${problem.body.order_id}` }, t('checkout.see_order'))))
    : problemNotice(problem),
];

export const Checkout = () => {
  let chosen = null, card = testCards[0];
  const addresses = resource(async () => (await get('/users/me/addresses')).data);

  const bodyOf = (values) => ({
    from_cart: true, payment_method: card,
    ...(chosen === 'new' ? { shipping_address: addressOf(values) }
      : { shipping_address_id: chosen }),
    ...(cart.value.total && !cart.value.stale && { expected_total: cart.value.total }),
  });
  const placing = action(async (values) => {
    try {
      const { body: order } = await ordering.post('/orders', () => bodyOf(values),
        { patience: 14000 });
      go(`/orders/${order.id}`, undefined, { replace: true });
    } finally {
      refresh();
    }
  });

  async function open() {
    begin(user() && user().id);
    await Promise.all([refresh(), addresses.reload()]);
    chosen = addresses.value && addresses.value.length > 0 ? addresses.value[0].id : 'new';
    m.redraw();
  }

  const content = (it) => m('.checkout', form({ 'aria-label': t('checkout.title') },
    (values) => placing.run(values),
    addresses.problem && notice('warn', t('checkout.no_addresses')),
    chosen && addressChoice(addresses.value || [], chosen, (id) => { chosen = id; },
      placing.problem),
    cardChoice(card, (token) => { card = token; }),
    refusal(placing.problem),
    placing.busy && notice('info', t('checkout.working')),
    sendButton(t('checkout.pay', { total: money(it.total) }), ordering, {
      kind: 'main', busy: placing.busy,
      way: m('a', { href: '#/orders' }, t('checkout.see_orders')),
    })), it.lines.length > 0 && summary(it));

  return {
    oninit: open,
    view: () => [
      heading(t('checkout.title')),
      shown(cart, (it) => (it.lines.length > 0 || placing.busy || ordering.unsure ? content(it)
        : [refusal(placing.problem), m('p', t('cart.empty'))])),
    ],
  };
};
