// One HTTP request. What is no answer of a service becomes a Problem all the same.

import { Problem } from './problem.js';

const patience_ms = 15000;

async function problemOf(response) {
  const retryAfter_s = Number(response.headers.get('Retry-After')) || null;
  try {
    return new Problem(response.status, await response.json(), retryAfter_s);
  } catch (error) {
    return new Problem(response.status, { code: 'no_json', retryable: true }, retryAfter_s);
  }
}

// {status, headers, body} of an answer below 400, within the deadline `patience` (ms); else throws
// a Problem.
export async function send(method, path, { body, headers = {}, patience = patience_ms } = {}) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), patience);
  if (body !== undefined) headers = { 'Content-Type': 'application/json', ...headers };
  try {
    const response = await fetch(path, {
      method, headers, signal: ending.signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw await problemOf(response);
    const parsed = response.status === 204 ? null : await response.json();
    return { status: response.status, headers: response.headers, body: parsed };
  } catch (error) {
    if (error instanceof Problem) throw error;
    const code = error.name === 'AbortError' ? 'timeout' : 'offline';
    throw new Problem(0, { code, detail: error.message, retryable: true });
  } finally {
    clearTimeout(timer);
  }
}
