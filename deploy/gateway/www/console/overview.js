// The system at a glance, once a second: each service, the checkout, and what must always hold.

import { get } from '/shared/api.js';
import { badge, heading, notice, shown, table } from '/shared/controls.js';
import { duration, mebibytes, number, time } from '/shared/format.js';
import { resource, watching } from '/shared/resource.js';
import { t } from '/shared/wording.js';
import { Chart } from './chart.js';
import { funnel, invariants, metric, sagas, services, vitals } from './figures.js';

const m = window.m;

const every_ms = 1000;
const kept = 120;  // looks: two minutes

const health = (name, it, degraded) => {
  if (!it) return badge('bad', t(degraded.includes(name) ? 'service.down' : 'service.unknown'));
  if (!it.databaseUp) return badge('bad', t('service.no_database'));
  if (it.openBreakers.length > 0) {
    return badge('warn', t('service.breakers', { names: it.openBreakers.join(', ') }));
  }
  return badge('good', t('service.up'));
};

const rate = (value) => (value === null ? '–' : t('per_second', { value: number(value) }));
const milliseconds = (value) => (value === null ? '–' : `≤ ${number(value)} ms`);

const serviceRow = (name, it, degraded) => [
  m('strong', name), health(name, it, degraded),
  ...(it ? [
    rate(it.rate), rate(it.errorRate + it.shedRate), milliseconds(it.p50_ms),
    milliseconds(it.p99_ms), `${number(it.cpu * 100)} %`, mebibytes(it.memory),
    t('in_flight', { busy: it.inFlight, queued: it.queued }),
    t('pool', { used: number(it.poolUsed), open: number(it.poolOpen),
      waiting: number(it.poolWaiting) }),
    `${number(it.outboxWaiting)} · ${duration(it.outboxLag_s)}`, number(it.deadLetters),
    duration(it.uptime_s),
  ] : Array(11).fill('–')),
];

const serviceTable = (now, degraded) => table(t('overview.services'), [
  'service', 'state', 'requests', 'errors', 'p50', 'p99', 'cpu', 'memory', 'in_flight', 'pool',
  'outbox', 'dead_letters', 'uptime',
].map((key) => t(`head.${key}`)), services.map((name) => serviceRow(name, now[name], degraded)),
undefined, 'figures');

const invariantList = (figures) => m('ul.rows', invariants(figures).map((one) =>
  m('li', { key: one.name }, m('span', t(`invariant.${one.name}`)),
    one.holds === null ? badge('plain', t('invariant.unknown'))
      : one.holds ? badge('good', t('invariant.holds'))
        : badge('bad', t('invariant.broken', { count: one.value })))));

const funnelBars = (order) => {
  const steps = funnel(order);
  const most = Math.max(1, ...steps.map(([, count]) => count));
  return m('ul.bars', steps.map(([name, count]) => m('li', { key: name },
    m('span', t(`status_event.${name}`)),
    m('meter', { min: 0, max: most, value: count, 'aria-label': t(`status_event.${name}`) }),
    m('strong', number(count)))));
};

const sagaTable = (order) => table(t('overview.sagas'),
  [t('head.kind'), t('head.open'), t('head.oldest')],
  sagas(order).map((one) => [t(`saga.${one.kind}`), number(one.open), duration(one.oldest_s)]));

export const Overview = () => {
  let before = null;
  const lines = { requests: {}, p99: {} };
  const now = {};

  function remember(figures) {
    for (const name of services) {
      now[name] = vitals(figures[name], before && before[name]);
      // The first look tells of all the time since the service began, which is no point of a line.
      if (!before) continue;
      const add = (kind, value) => {
        lines[kind][name] = (lines[kind][name] || []).concat(value).slice(-kept);
      };
      add('requests', now[name] ? now[name].rate : null);
      add('p99', now[name] ? now[name].p99_ms : null);
    }
    before = figures;
  }
  const overview = resource(async () => {
    const answer = await get('/admin/overview', { patience: 4000 });
    remember(answer.services);
    return answer;
  });

  const content = ({ services: figures, degraded }) => [
    degraded.length > 0 && notice('bad', t('overview.down', { names: degraded.join(', ') })),
    m('section', serviceTable(now, degraded)),
    m('.tiles',
      m(Chart, { label: t('chart.requests'), lines: { ...lines.requests } }),
      m(Chart, { label: t('chart.p99'), lines: { ...lines.p99 } }),
      m('section', m('h2', t('overview.invariants')), invariantList(figures)),
      m('section', m('h2', t('overview.funnel')),
        figures.order ? funnelBars(figures.order) : m('p', t('service.down'))),
      m('section', figures.order ? sagaTable(figures.order) : null,
        m('p', t('overview.webhooks', {
          count: number(metric(figures.order, 'order_pending_webhooks')),
        })),
        m('p', t('overview.owed', {
          payments: number(metric(figures.payment, 'payment_owed_payments')),
          refunds: number(metric(figures.payment, 'payment_owed_refunds')),
        })))),
    m('p.small', t('overview.at', { time: time(overview.loadedAt) })),
  ];
  return {
    ...watching(() => overview.reload(), every_ms),
    view: () => [heading(t('overview.title')), shown(overview, content)],
  };
};
