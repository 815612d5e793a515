// Calls the public API, in the name of whoever is signed in.

import { send } from './request.js';
import * as session from './session.js';

// Options besides those of send: `key`, the Idempotency-Key; `open`, for what needs no token and
// is better without, since it then comes from the gateway's cache.
export async function call(method, path, { key, open = false, headers = {}, ...rest } = {}) {
  headers = key ? { ...headers, 'Idempotency-Key': key } : headers;
  const go = (token) => send(method, `/api/v1${path}`, {
    ...rest, headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
  });
  if (open) return go(null);
  const token = await session.token();
  try {
    return await go(token);
  } catch (problem) {
    if (problem.status !== 401 || !token) throw problem;
    return go(await session.renewed(token));  // ended early: a key was withdrawn, a clock is wrong
  }
}

// The body of a GET.
export const get = async (path, options) => (await call('GET', path, options)).body;

// A path's query, without what is empty.
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== '' && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
}
