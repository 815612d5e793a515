// Something that is to happen once, although the answer that says so may be lost: a request and the
// key that names it (Idempotency-Key) stay together until an answer tells what became of it.

import { call } from './api.js';

const newKey = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
};

const ofTheKey = ['request_in_progress', 'idempotency_key_reused'];
// Refused at the door, where nobody looks at keys: this time nothing was done, and no more is said.
const atTheDoor = (problem) => [401, 403, 429].includes(problem.status)
  || problem.code === 'no_json';

// Whether `problem` says that nothing was done, neither now nor when it was sent before.
const isDefinite = (problem, again) => problem.status >= 400 && problem.status < 500
  && !ofTheKey.includes(problem.code) && !(again && atTheDoor(problem));

// `post` sends what `make` returns; while `unsure`, it sends what it sent first once more, for with
// another body, or by another name, it might be done twice.
export function once() {
  let kept = null;
  const self = { unsure: false, post };

  async function post(path, make, options = {}) {
    const again = kept !== null;
    const request = kept || { path, body: make(), key: newKey() };
    kept = request;
    let known = true;
    try {
      return await call('POST', request.path, {
        ...options, body: request.body, key: request.key });
    } catch (problem) {
      known = isDefinite(problem, again);
      throw problem;
    } finally {
      if (known && kept === request) kept = null;
      self.unsure = kept !== null;
    }
  }
  return self;
}
