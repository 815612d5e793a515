// The first page: what is new, what sells, and what is the customer's own, in one request.

import { call } from '/shared/api.js';
import { heading, notice, shown } from '/shared/controls.js';
import { resource } from '/shared/resource.js';
import * as session from '/shared/session.js';
import { t } from '/shared/wording.js';
import { freshness } from './catalog.js';
import { orderCards } from './order_cards.js';
import { productCards } from './product_cards.js';

const m = window.m;

async function load() {
  const { body, headers } = await call('GET', '/storefront', { open: !session.user() });
  freshness.stale = /detail=stale/.test(headers.get('Cache-Status') || '');
  return body;
}

const section = (title, products) => products && products.length > 0
  && m('section', m('h2', title), productCards(products));

export const Home = () => {
  const storefront = resource(load);
  return {
    oninit: () => storefront.reload(),
    view: () => [
      heading(session.user() ? t('home.welcome', { name: session.user().name }) : t('home.title')),
      shown(storefront, (it) => [
        it.degraded.length > 0 && notice('warn', t('home.degraded', {
          parts: it.degraded.map((part) => t(`part.${part}`)).join(', '),
        })),
        it.orders && it.orders.length > 0
          && m('section', m('h2', t('home.orders')), orderCards(it.orders.slice(0, 3))),
        section(t('home.bestselling'), it.bestselling),
        section(t('home.newest'), it.newest),
      ]),
    ],
  };
};
