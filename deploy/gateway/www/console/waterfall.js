// An order's timeline as a waterfall: one bar per attempt, from the entry before it to its own.

import { named, t } from '/shared/wording.js';
import { spans } from './spans.js';

const m = window.m;

const bar = (span) => m('li', { key: span.key, class: span.outcome },
  m('span.service', span.service),
  m('span.step', `${span.step}${span.attempt > 1 ? ` #${span.attempt}` : ''}`),
  m('span.track', { 'aria-hidden': 'true' },
    m('i', { style: { left: `${span.left}%`, width: `${span.width}%` } })),
  m('span.small', t('span.told', {
    outcome: named('outcome', span.outcome), ms: span.ms, at: span.at_ms,
  }), span.detail && ` · ${span.detail}`));

export const waterfall = (timeline) => m('ol.waterfall', spans(timeline).map(bar));
