// What is around every view of the console.

import { mark } from '/shared/controls.js';
import * as session from '/shared/session.js';
import { signOutButton, signOutProblem } from '/shared/sign_out.js';
import { t } from '/shared/wording.js';

const m = window.m;

const places = ['/', '/orders', '/stuck', '/products', '/users', '/webhooks', '/ledger', '/audit'];

const isHere = (path) => (path === '/' ? m.route.get() === '/' : m.route.get().startsWith(path));

export const Layout = {
  view: (vnode) => [
    m('button.skip', {
      type: 'button', onclick: () => document.getElementById('content').focus(),
    }, t('skip')),
    m('header.top', m('.bar',
      m('a.brand', { href: '#/' }, mark(), t('console.title')),
      session.isAdmin() && m('nav.account', { 'aria-label': t('console.places') },
        places.map((path) => m('a', {
          href: `#${path}`, key: path, 'aria-current': isHere(path) ? 'page' : false,
        }, t(`place.${path}`)))),
      session.user() && signOutButton('/sign-in'))),
    m('main#content', { tabindex: -1 }, signOutProblem(), vnode.children),
  ],
};
