// The first page: what is new, what sells, and what is the customer's own, in one request.

import { call } from '/shared/api.js';
import { heading, notice, shown } from '/shared/controls.js';
import { resource } from '/shared/resource.js';
import * as session from '/shared/session.js';
import { t } from '/shared/wording.js';
import { categories, freshness } from './catalog.js';
import { orderCards } from './order_cards.js';
import { productCards } from './product_cards.js';

const m = window.m;

const userId = () => session.user() && session.user().id;
let askedAs = null;  // whose page was asked for last
async function load() {
  askedAs = userId();
  const { body, headers } = await call('GET', '/storefront', { open: !session.user() });
  freshness.stale = /detail=stale/.test(headers.get('Cache-Status') || '');
  if (body.categories) categories.value = body.categories;
  return body;
}

const patience_ms = 300;
let ahead = null;  // what was asked for before the first drawing

// When the shop opens with this view: asks before anything is drawn, and waits a little for the
// answer, since drawing the page twice takes longer than the answer does.
export async function open() {
  ahead = resource(load);
  await Promise.race([ahead.reload(),
    new Promise((enough) => { setTimeout(enough, patience_ms); })]);
}

const section = (title, products) => products && products.length > 0
  && m('section', m('h2', title), productCards(products));

// Each time it is opened it knows nothing: what one customer saw is not for the next.
export const Home = () => {
  const storefront = ahead || resource(load);
  const asked = ahead !== null;
  ahead = null;
  return {
    oninit: () => asked || storefront.reload(),
    onbeforeupdate() {
      if (askedAs !== userId()) storefront.reload();  // a session began late, or ended
    },
    view: () => [
      heading(session.user() ? t('home.welcome', { name: session.user().name }) : t('home.title')),
      shown(storefront, (it) => [
        it.degraded.length > 0 && notice('warn', t('home.degraded', {
          parts: it.degraded.map((part) => t(`part.${part}`)).join(', '),
        })),
        session.user() && it.orders && it.orders.length > 0
          && m('section', m('h2', t('home.orders')), orderCards(it.orders.slice(0, 3))),
        section(t('home.bestselling'), it.bestselling),
        section(t('home.newest'), it.newest),
      ]),
    ],
  };
};
