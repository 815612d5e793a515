// Who has an account, who is an admin, who is locked out.

import { call, get, query } from '/shared/api.js';
import { badge, button, field, form, heading, morePages, problemNotice, shown, table } from
  '/shared/controls.js';
import { date } from '/shared/format.js';
import { action, pages } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';

const m = window.m;

export const Users = () => {
  const only = parameter('id');
  let filters = {};
  const users = pages(async (cursor) => (only
    ? { data: [await get(`/users/${only}`)], next_cursor: null }
    : get(`/users${query({ ...filters, cursor, limit: 50 })}`)));
  const changing = action(async (id, body) => {
    await call('PATCH', `/users/${id}`, { body });
    await users.reload();
  });
  const changer = (user, name, from, to) => button(t(`do.${to}`), {
    kind: 'quiet', busy: changing.busy, 'aria-label': `${t(`do.${to}`)}: ${user.email}`,
    onclick: () => changing.run(user.id, { [name]: to }),
  });
  const row = (user) => [
    user.email, user.name, badge(user.role === 'admin' ? 'warn' : 'plain', user.role),
    badge(user.status === 'active' ? 'good' : 'bad', user.status), date(user.created_at),
    m('a', { href: `#/orders?user_id=${user.id}` }, t('place./orders')),
    [user.status === 'active' ? changer(user, 'status', 'active', 'disabled')
      : changer(user, 'status', 'disabled', 'active'), ' ',
    user.role === 'admin' ? changer(user, 'role', 'admin', 'customer')
      : changer(user, 'role', 'customer', 'admin')],
  ];
  return {
    oninit: () => users.reload(),
    view: () => [
      heading(t('place./users')),
      only ? m('p', m('a', { href: '#/users' }, t('users.all')))
        : form({ class: 'inline', role: 'search' }, (values) => {
          filters = values;
          users.reload();
        },
        field({ name: 'email_prefix', label: t('users.prefix'), maxlength: 254 }),
        field({ name: 'role', label: t('head.role'), input: 'select', value: '',
          options: [['', t('any')], ['customer', 'customer'], ['admin', 'admin']] }),
        field({ name: 'status', label: t('head.status'), input: 'select', value: '',
          options: [['', t('any')], ['active', 'active'], ['disabled', 'disabled']] }),
        button(t('show'), { type: 'submit' })),
      problemNotice(changing.problem),
      shown(users, (list) => table(t('place./users'),
        ['email', 'name', 'role', 'status', 'created', 'orders', 'action']
          .map((key) => t(`head.${key}`)), list.map(row))),
      morePages(users),
    ],
  };
};
