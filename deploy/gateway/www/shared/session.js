// Who is signed in. The access token lives in this module's memory; the refresh token in a cookie
// that only the gateway reads (/web/session, docs/adr/0011).

import { Problem } from './problem.js';
import { send } from './request.js';
import { read, write } from './storage.js';

const hint = 'mercato-signed-in';  // whether it is worth asking when a page opens
const margin_ms = 30000;
const patience_ms = 500;

let access = null;    // {token, user, endsAt}
let renewing = null;  // the request under way, if there is one
let restoring = null;
const listeners = [];

export const user = () => (access ? access.user : null);
export const isAdmin = () => access !== null && access.user.role === 'admin';

// Calls back whenever somebody signs in or out.
export const onChange = (listener) => listeners.push(listener);

function remember(answer) {
  const before = user();
  access = answer && {
    token: answer.access_token,
    user: answer.user,
    endsAt: Date.now() + answer.expires_in * 1000,
  };
  write(hint, access ? '1' : null);
  if ((before && before.id) !== (access && access.user.id)) {
    listeners.forEach((listener) => listener(user()));
  }
  return access;
}

// Several callers share one request. Null when nobody is signed in (any more).
function renew() {
  renewing = renewing || send('POST', '/web/session/refresh')
    .then((answer) => remember(answer.body))
    .finally(() => { renewing = null; });
  return renewing;
}

// When a page opens: takes the session up again, if there seems to be one. Never fails, and waits
// for a moment only: without the user service one is a stranger until it is back.
export async function restore() {
  if (!read(hint)) return;
  restoring = renew()
    .catch(() => { /* asked again with the first call that needs it */ })
    .then(() => { restoring = null; });
  await Promise.race([restoring, new Promise((enough) => { setTimeout(enough, patience_ms); })]);
}

// While that is still under way, a promise of its end.
export const underWay = () => restoring;

// A token that is good for a while; null for strangers.
export async function token() {
  if (!access && !read(hint)) return null;
  if (!access || access.endsAt - Date.now() < margin_ms) {
    try {
      await renew();
    } catch (problem) {
      if (!access || access.endsAt < Date.now()) throw problem;
    }
  }
  return access && access.token;
}

// Another token than the one that was refused; a Problem when there is none.
export async function renewed(refused) {
  if (access && access.token === refused) await renew();
  if (!access) throw new Problem(401, { code: 'unauthenticated' });
  return access.token;
}

export async function signIn(email, password) {
  remember((await send('POST', '/web/session', { body: { email, password } })).body);
}

export async function register(email, password, name) {
  await send('POST', '/api/v1/users', { body: { email, password, name } });
  await signIn(email, password);
}

// Who cannot be signed out is not forgotten either: the cookie lives, and a reload would show it.
export async function signOut() {
  await send('DELETE', '/web/session');
  remember(null);
}
