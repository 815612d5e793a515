// What one endpoint was told, and how that went.

import { call, get, query } from '/shared/api.js';
import { badge, button, heading, morePages, problemNotice, shown, table } from
  '/shared/controls.js';
import { date } from '/shared/format.js';
import { action, pages, resource } from '/shared/resource.js';
import { go, parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';

const m = window.m;

const kinds = { succeeded: 'good', pending: 'warn', failed: 'bad' };

export const WebhookEndpoint = () => {
  const path = `/webhook-endpoints/${parameter('id')}`;
  const endpoint = resource(() => get(path));
  const deliveries = pages((cursor) => get(`${path}/deliveries${query({ cursor })}`));
  const redelivering = action(async (id) => {
    await call('POST', `${path}/deliveries/${id}/redeliver`);
    await deliveries.reload();
  });
  const removing = action(async () => {
    await call('DELETE', path);
    go('/webhooks');
  });
  const row = (one) => [
    one.event, badge(kinds[one.status], one.status), one.attempts, one.response_status || '–',
    one.error || '–', date(one.next_attempt_at), date(one.created_at),
    button(t('webhook.redeliver'), { kind: 'quiet', busy: redelivering.busy,
      'aria-label': `${t('webhook.redeliver')}: ${one.event} ${one.event_id}`,
      onclick: () => redelivering.run(one.id) }),
  ];
  return {
    oninit: () => Promise.all([endpoint.reload(), deliveries.reload()]),
    view: () => [
      heading(endpoint.value ? endpoint.value.url : t('place./webhooks')),
      shown(endpoint, (it) => m('p', it.events.join(', '), ' ',
        button(t('remove'), { kind: 'danger', busy: removing.busy,
          onclick: () => removing.run() }))),
      problemNotice(removing.problem), problemNotice(redelivering.problem),
      shown(deliveries, (list) => table(t('webhook.deliveries'),
        ['event', 'status', 'tries', 'answer', 'error', 'next', 'created', 'action']
          .map((key) => t(`head.${key}`)), list.map(row))),
      morePages(deliveries),
    ],
  };
};
