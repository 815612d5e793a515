// Signing in, and on to where somebody wanted to go.

import { heading, notice } from '/shared/controls.js';
import { credentials } from '/shared/credentials.js';
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
      credentials(signingIn),
      m('p', t('sign_in.stranger'), ' ', m('a', {
        href: `#/sign-up?next=${encodeURIComponent(next())}`,
      }, t('sign_up.title'))),
    ],
  };
};
