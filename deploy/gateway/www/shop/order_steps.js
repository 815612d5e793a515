// The timeline of an order as a customer wants to read it: a step that was tried again and again is
// one line, with what became of it. Pure.

import { known, t } from '../shared/wording.js';

const kinds = {
  ok: 'good', degraded: 'warn', retried: 'warn', unknown: 'warn', failed: 'bad', undone: 'plain',
};

function words(entry, tries) {
  const key = `step.${entry.step}.${entry.outcome}`;
  const text = known(key) ? t(key)
    : `${known(`step.${entry.step}`) ? t(`step.${entry.step}`) : entry.step.replaceAll('_', ' ')}`
      + (entry.outcome === 'ok' ? '' : ` – ${t(`outcome.${entry.outcome}`)}`);
  return tries > 1 ? `${text} (${t('step.tries', { count: tries })})` : text;
}

// [{key, text, kind, at}] of the API's timeline entries.
export function stepsOf(timeline) {
  const steps = [];
  for (const entry of timeline) {
    const last = steps[steps.length - 1];
    if (last && last.step === entry.step) {
      Object.assign(last, { entry, tries: Math.max(last.tries, entry.attempt) });
    } else {
      steps.push({ step: entry.step, entry, tries: entry.attempt });
    }
  }
  return steps.map(({ entry, tries }, i) => ({
    key: `${i}-${entry.step}`, text: words(entry, tries), kind: kinds[entry.outcome] || 'plain',
    at: entry.at,
  }));
}
