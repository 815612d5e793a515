// Who is told of order events.

import { get } from '/shared/api.js';
import { badge, field, form, heading, notice, problemNotice, shown, table } from
  '/shared/controls.js';
import { date } from '/shared/format.js';
import { once } from '/shared/once.js';
import { fieldWords } from '/shared/problem.js';
import { action, resource } from '/shared/resource.js';
import { sendButton } from '/shared/send_button.js';
import { t } from '/shared/wording.js';

const m = window.m;

const events = ['created', 'confirmed', 'rejected', 'cancelled', 'shipped', 'delivered', 'refunded']
  .map((name) => `order.${name}`);

export const Webhooks = () => {
  let secret = null;
  const endpoints = resource(async () => (await get('/webhook-endpoints?limit=100')).data);
  const sending = once();
  const adding = action(async (url, wanted, sheet) => {
    const { body } = await sending.post('/webhook-endpoints',
      () => ({ url, events: wanted }));
    secret = body.secret;
    sheet.reset();
    await endpoints.reload();
  });
  const row = (one) => [
    m('a', { href: `#/webhooks/${one.id}` }, one.url), one.events.join(', '),
    badge(one.status === 'enabled' ? 'good' : 'bad', one.status), date(one.created_at),
  ];
  const adder = () => form({ class: 'narrow', 'aria-label': t('webhook.add') },
    ({ url }, sheet) => adding.run(url, new FormData(sheet).getAll('events'), sheet),
    m('h2', t('webhook.add')),
    field({ name: 'url', label: 'URL', type: 'url', required: true, maxlength: 2048,
      problem: adding.problem, disabled: sending.unsure }),
    m('fieldset', { disabled: sending.unsure, 'aria-describedby': 'events-wrong' },
      m('legend', t('webhook.events')),
      m('p.wrong', { id: 'events-wrong' }, fieldWords(adding.problem, 'events')),
      events.map((event) => m('label.choice', { key: event },
        m('input', { type: 'checkbox', name: 'events', value: event }), m('span', event)))),
    problemNotice(adding.problem),
    sendButton(t('webhook.add'), sending, { busy: adding.busy }));
  return {
    oninit: () => endpoints.reload(),
    view: () => [
      heading(t('place./webhooks')),
      secret && notice('warn', m('p', t('webhook.secret')), m('code', secret)),
      shown(endpoints, (list) => table(t('place./webhooks'),
        ['url', 'events', 'status', 'created'].map((key) => t(`head.${key}`)), list.map(row))),
      m('section', adder()),
    ],
  };
};
