// Signing in, and on to where somebody wanted to go.

import { button, field, form, heading, notice, problemNotice } from '/shared/controls.js';
import { action } from '/shared/resource.js';
import { go, next, parameter } from '/shared/router.js';
import { signIn } from '/shared/session.js';
import { t } from '/shared/wording.js';

const m = window.m;

export const SignIn = () => {
  const signingIn = action(async ({ email, password }) => {
    await signIn(email, password);
    go(next(), undefined, { replace: true });
  });
  return {
    view: () => [
      heading(t('sign_in.title')),
      parameter('next') && notice('info', t('sign_in.needed')),
      form({ class: 'narrow' }, (values) => signingIn.run(values),
        field({ name: 'email', label: t('email'), type: 'email', required: true,
          autocomplete: 'username', problem: signingIn.problem }),
        field({ name: 'password', label: t('password'), type: 'password', required: true,
          autocomplete: 'current-password', problem: signingIn.problem }),
        problemNotice(signingIn.problem),
        button(t('sign_in.title'), { type: 'submit', kind: 'main', busy: signingIn.busy })),
      m('p', t('sign_in.stranger'), ' ', m('a', {
        href: `#/sign-up?next=${encodeURIComponent(next())}`,
      }, t('sign_up.title'))),
    ],
  };
};
