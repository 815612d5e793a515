// Which view belongs to which address. Addresses are fragments (#/orders/1), so that the gateway
// serves one file for all of them.

import * as session from './session.js';
import { button, heading } from './controls.js';
import { t } from './wording.js';

const m = window.m;

const Missing = { view: () => [heading(t('missing.title')), m('p', t('missing.text'))] };

// A view that could not be fetched: the page is from before a release, or the network is gone.
const unreachable = () => boxed({
  view: () => [heading(t('unreachable.title')), m('p', t('problem.offline')),
    button(t('reload'), { onclick: () => location.reload() })],
});

// A view as one element: Mithril 1 loses count of what a component drew when that is a list.
const boxed = (view) => (vnode) => {
  const inner = typeof view === 'function' ? view(vnode) : view;
  return { ...inner, view: (it) => m('.view', inner.view(it)) };
};

const Waiting = boxed({ view: () => m('p.waiting', { role: 'status' }, t('loading')) });

// Shown while it is not known yet who somebody is; then the address is looked up once more.
function untilKnown(asked) {
  session.underWay().then(() => {
    if (m.route.get() === asked) m.route.set(asked, null, { replace: true });
  });
  return Waiting;
}

// `routes`: path → {view, or load: a function that promises it; needs: 'user', 'admin' or nothing;
// follows: whether it takes up a changed query by itself}. Others are made anew when it changes.
// Who lacks what a view needs is sent to sign in, and comes back afterwards. `layout` draws what is
// around every view.
export function serve(root, routes, layout) {
  const served = {};
  for (const [path, { view, load, needs, follows }] of Object.entries(routes)) {
    let box = view && boxed(view);
    served[path] = {
      onmatch(_, asked) {
        const allowed = !needs || (needs === 'admin' ? session.isAdmin() : session.user());
        if (allowed) return box || load().then((loaded) => (box = boxed(loaded)), unreachable);
        if (session.underWay()) return untilKnown(asked);
        m.route.set('/sign-in', { next: asked }, { replace: true });
        return undefined;
      },
      render: (vnode) => m(layout, { key: 'layout' }, m(vnode.tag, {
        key: follows ? path : m.route.get(),
      })),
    };
  }
  served['/:nowhere...'] = {
    render: () => m(layout, { key: 'layout' }, m(Missing, { key: 'missing' })),
  };
  m.route.prefix('#');
  m.route(root, '/', served);
}

export const go = (path, values, options) => m.route.set(path, values, options);
export const parameter = (name) => m.route.param(name);

// Where somebody wanted to go before they had to sign in: a path of ours, and nothing else.
export function next() {
  const wanted = parameter('next') || '/';
  return /^\/(?!\/)/.test(wanted) ? wanted : '/';
}
