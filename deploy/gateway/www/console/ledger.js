// The ledger: each account's balance, and the entries behind them. Every currency sums to zero.

import { get, query } from '/shared/api.js';
import { badge, heading, morePages, shown, table } from '/shared/controls.js';
import { date, money } from '/shared/format.js';
import { pages, resource } from '/shared/resource.js';
import { t } from '/shared/wording.js';

const m = window.m;

function sums(balances) {
  const found = {};
  for (const { currency, balance } of balances) {
    found[currency] = (found[currency] || 0) + balance;
  }
  return Object.entries(found);
}

export const Ledger = () => {
  const balances = resource(async () => (await get('/ledger/balances')).data);
  const entries = pages((cursor) => get(`/ledger/entries${query({ cursor, limit: 50 })}`));
  return {
    oninit: () => Promise.all([balances.reload(), entries.reload()]),
    view: () => [
      heading(t('place./ledger')),
      shown(balances, (list) => [
        m('p', sums(list).map(([currency, sum]) => (sum === 0
          ? badge('good', t('ledger.balanced', { currency }))
          : badge('bad', t('ledger.unbalanced', { sum: money({ amount: sum, currency }) }))))),
        table(t('ledger.balances'), [t('head.account'), t('head.amount')], list.map((one) =>
          [one.account, money({ amount: one.balance, currency: one.currency })])),
      ]),
      shown(entries, (list) => table(t('ledger.entries'),
        ['order', 'account', 'amount', 'at'].map((key) => t(`head.${key}`)),
        list.map((one) => [m('a', { href: `#/orders/${one.order_id}` }, one.order_id),
          one.account, money(one.amount), date(one.at)]))),
      morePages(entries),
    ],
  };
};
