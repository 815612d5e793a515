// What went wrong with a request, and how to tell people. The services answer problem+json (RFC
// 9457); what never arrived there gets a code of our own: `offline`, `timeout` or `no_json`.

import { known, t } from './wording.js';

export class Problem extends Error {
  constructor(status, body, retryAfter_s = null) {
    super(body.detail || body.code);
    this.status = status;
    this.code = body.code;
    this.detail = body.detail || '';
    this.errors = body.errors || [];
    this.body = body;
    this.traceId = body.trace_id || null;
    this.retryAfter_s = retryAfter_s;
  }

  // Whether the same request may well succeed in a moment.
  get passing() {
    return this.status === 0 || this.body.retryable === true || this.status >= 502;
  }
}

// The problem in plain words: the text for its code, else what the service said itself.
export function wordsOf(problem) {
  if (!(problem instanceof Problem)) return t('problem.internal');
  if (problem.code === 'payment_declined') return declineWords(problem.body.decline_code);
  const key = `problem.${problem.code}`;
  if (known(key)) return t(key, { detail: problem.detail });
  return problem.detail || t('problem.internal');
}

export function declineWords(code) {
  const key = `decline.${code}`;
  return known(key) ? t(key) : t('problem.payment_declined');
}

// The words for one field of a form, by its name in the body; nothing when it is fine.
export function fieldWords(problem, name) {
  if (!(problem instanceof Problem)) return '';
  const found = problem.errors.find((one) =>
    one.pointer === `/${name}` || one.pointer.endsWith(`/${name}`));
  if (!found) return '';
  return known(`field.${found.code}`) ? t(`field.${found.code}`) : found.detail;
}
