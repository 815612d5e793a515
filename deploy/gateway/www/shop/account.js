// One's own account: the address book, and where one is signed in.

import { call, get } from '/shared/api.js';
import { badge, button, form, heading, problemNotice, shown } from '/shared/controls.js';
import { date } from '/shared/format.js';
import { action, resource } from '/shared/resource.js';
import { user } from '/shared/session.js';
import { t } from '/shared/wording.js';
import { addressFields, addressLines } from './address_fields.js';

const m = window.m;

const AddressBook = () => {
  const addresses = resource(async () => (await get('/users/me/addresses')).data);
  let edited = null;  // an address, {} for a new one
  const saving = action(async (values) => {
    if (edited.id) await call('PUT', `/users/me/addresses/${edited.id}`, { body: values });
    else await call('POST', '/users/me/addresses', { body: values });
    edited = null;
    await addresses.reload();
  });
  const removing = action(async (id) => {
    await call('DELETE', `/users/me/addresses/${id}`);
    await addresses.reload();
  });

  function edit(address) {
    edited = address;
    saving.problem = null;
  }
  const row = (one) => m('li', { key: one.id }, m('span', addressLines(one)),
    button(t('change'), { kind: 'quiet', onclick: () => edit(one),
      'aria-label': t('address.change', { line: one.line1 }) }),
    button(t('remove'), { kind: 'quiet', onclick: () => removing.run(one.id),
      'aria-label': t('address.remove', { line: one.line1 }) }));
  const editor = () => form({ class: 'narrow', key: edited.id || 'new' },
    (values) => saving.run(values), addressFields(saving.problem, edited),
    problemNotice(saving.problem),
    button(t('save'), { type: 'submit', kind: 'main', busy: saving.busy }), ' ',
    button(t('never_mind'), { kind: 'quiet', onclick: () => edit(null) }));

  return {
    oninit: () => addresses.reload(),
    view: () => m('section', m('h2', t('addresses.title')),
      shown(addresses, (list) => (list.length > 0 ? m('ul.rows', list.map(row))
        : m('p', t('addresses.empty')))),
      problemNotice(removing.problem),
      edited ? [editor()] : m('p', button(t('address.add'), { onclick: () => edit({}) }))),
  };
};

const Sessions = () => {
  const sessions = resource(async () => (await get('/sessions')).data);
  const ending = action(async (id) => {
    await call('DELETE', `/sessions/${id}`);
    await sessions.reload();
  });
  const row = (one) => m('li', { key: one.id },
    m('span', one.user_agent || t('session.unknown')),
    m('span.small', t('session.since', { at: date(one.created_at) })),
    one.current ? badge('good', t('session.current'))
      : button(t('session.end'), { kind: 'quiet', onclick: () => ending.run(one.id) }));
  return {
    oninit: () => sessions.reload(),
    view: () => m('section', m('h2', t('sessions.title')),
      shown(sessions, (list) => m('ul.rows', list.map(row))), problemNotice(ending.problem)),
  };
};

export const Account = {
  view: () => [
    heading(t('account.title')),
    user() && m('p', `${user().name} · ${user().email}`),
    m(AddressBook), m(Sessions),
  ],
};
