// Who changed which account, when, and what.

import { get, query } from '/shared/api.js';
import { heading, morePages, shown, table } from '/shared/controls.js';
import { date } from '/shared/format.js';
import { pages } from '/shared/resource.js';
import { t } from '/shared/wording.js';

const m = window.m;

const changes = (entry) => Object.entries(entry.changes)
  .map(([name, { from, to }]) => `${name}: ${from} → ${to}`).join(', ') || '–';

export const Audit = () => {
  const entries = pages((cursor) => get(`/admin/audit${query({ cursor, limit: 50 })}`));
  const person = (id) => (id ? m('a', { href: `#/users?id=${id}` }, id) : t('audit.command'));
  return {
    oninit: () => entries.reload(),
    view: () => [
      heading(t('place./audit')),
      shown(entries, (list) => table(t('place./audit'),
        ['at', 'actor', 'did', 'user', 'changes'].map((key) => t(`head.${key}`)),
        list.map((one) => [date(one.at), person(one.actor_id), one.action, person(one.user_id),
          changes(one)]))),
      morePages(entries),
    ],
  };
};
