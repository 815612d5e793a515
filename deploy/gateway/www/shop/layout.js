// What is around every view of the shop: its name, the search, the way to everything else.

import { mark, notice } from '/shared/controls.js';
import { go, parameter } from '/shared/router.js';
import * as session from '/shared/session.js';
import { signOutButton, signOutProblem } from '/shared/sign_out.js';
import { t } from '/shared/wording.js';
import { count } from './basket.js';
import { categories, freshness, topCategories } from './catalog.js';

const m = window.m;

const link = (path, text, attrs = {}) => m('a', {
  href: `#${path}`, 'aria-current': m.route.get() === path ? 'page' : false, ...attrs,
}, text);

// Every keystroke is a search: the view waits for a pause before it asks. The field shows what was
// searched for, unless somebody is typing in it.
const SearchField = {
  oncreate: ({ dom }) => { dom.value = parameter('q') || ''; },
  onupdate({ dom }) {
    if (dom !== document.activeElement) dom.value = parameter('q') || '';
  },
  view: () => m('input', {
    type: 'search', name: 'q', 'aria-label': t('search.label'), placeholder: t('search.label'),
    autocomplete: 'off', maxlength: 200,
    oninput(event) {
      const replace = m.route.get().startsWith('/search');
      go('/search', { q: event.target.value }, { replace });
    },
  }),
};
const search = () => m('form.search', {
  role: 'search', onsubmit: (event) => event.preventDefault(),
}, m(SearchField));

const account = () => (session.user() ? [
  link('/orders', t('orders.title')),
  link('/account', session.user().name),
  signOutButton('/'),
] : link('/sign-in', t('sign_in.title')));

function skipToContent() {
  document.getElementById('content').focus();
}

export const Layout = {
  oninit() {
    if (!categories.value) categories.reload();  // the first page brought them with it
  },
  view: (vnode) => [
    m('button.skip', { type: 'button', onclick: skipToContent }, t('skip')),
    m('header.top',
      m('.bar',
        m('a.brand', { href: '#/' }, mark(), 'Mercato'),
        search(),
        m('nav.account', { 'aria-label': t('nav.account') }, account(),
          link('/cart', [t('cart.title'), m('span.count', {
            'aria-label': t('cart.count', { count: count() }),
          }, count())]))),
      m('nav.categories', { 'aria-label': t('nav.categories') },
        topCategories().map((one) => link(`/category/${one.slug}`, one.name, { key: one.id })))),
    m('main#content', { tabindex: -1 },
      signOutProblem(),
      freshness.stale && notice('warn', t('stale.catalog')),
      vnode.children),
    m('footer.bottom', m('p', t('footer')), m('p', m('a', { href: '/docs' }, t('nav.docs')), ' · ',
      m('a', { href: '/console' }, t('nav.console')))),
  ],
};
