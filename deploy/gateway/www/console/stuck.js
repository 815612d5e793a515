// What does not get on by itself: parked and old work on orders, and events that could not be
// applied; each can be sent on from here.

import { call, get } from '/shared/api.js';
import { badge, button, heading, notice, problemNotice, shown, table } from '/shared/controls.js';
import { date } from '/shared/format.js';
import { action, resource, watching } from '/shared/resource.js';
import { t } from '/shared/wording.js';

const m = window.m;

const every_ms = 1500;
const consumers = ['order', 'catalog'];  // the services that apply the events of others

const letterRow = (service, letter, redriving) => [
  m('code', letter.type), `${letter.source} → ${service}`, letter.error, letter.attempts,
  m('code', letter.subject), date(letter.failed_at),
  letter.redriving ? badge('warn', t('stuck.redriving'))
    : button(t('stuck.redrive'), { busy: redriving.busy,
      'aria-label': t('stuck.redrive_named', { type: letter.type, subject: letter.subject }),
      onclick: () => redriving.run(service, letter.id) }),
];

const sagaRow = (saga, resuming) => [
  m('a', { href: `#/orders/${saga.order_id}` }, saga.order_id), t(`saga.${saga.kind}`),
  saga.parked_reason ? badge('bad', saga.parked_reason) : badge('warn', t('stuck.old')),
  saga.attempt, saga.last_step, date(saga.started_at),
  saga.parked_reason && button(t('stuck.resume'), {
    busy: resuming.busy, onclick: () => resuming.run(saga.id),
  }),
];

const heads = (...keys) => keys.map((key) => t(`head.${key}`));

export const Stuck = () => {
  const sagas = resource(async () => (await get('/admin/stuck-orders')).data);
  const letters = Object.fromEntries(consumers.map((service) => [service,
    resource(async () => (await get(`/admin/${service}/dead-letters?limit=100`)).data)]));
  let sent = '';

  const reload = () =>
    Promise.all([sagas, ...Object.values(letters)].map((part) => part.reload()));
  const resuming = action(async (id) => {
    await call('POST', `/admin/stuck-orders/${id}/resume`);
    sent = t('stuck.resumed');
    await reload();
  });
  const redriving = action(async (service, id) => {
    await call('POST', `/admin/${service}/dead-letters/${id}/redrive`);
    sent = t('stuck.redriven');
    await reload();
  });

  const lettersOf = (service) => m('section', { key: service },
    shown(letters[service], (list) => table(t('stuck.letters', { service }),
      heads('event', 'way', 'error', 'tries', 'subject', 'failed', 'action'),
      list.map((one) => letterRow(service, one, redriving)), t('stuck.no_letters', { service }))));
  return {
    ...watching(reload, every_ms),
    view: () => [
      heading(t('place./stuck')),
      sent && notice('good', sent),
      problemNotice(resuming.problem), problemNotice(redriving.problem),
      m('section', m('h2', t('stuck.orders')), shown(sagas, (list) => table(t('stuck.orders'),
        heads('order', 'kind', 'state', 'tries', 'last_step', 'since', 'action'),
        list.map((one) => sagaRow(one, resuming)), t('stuck.no_orders')))),
      m('section', m('h2', t('stuck.dead')), m('p.small', t('stuck.dead_hint')),
        consumers.map(lettersOf)),
    ],
  };
};
