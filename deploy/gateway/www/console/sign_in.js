// Signing in as an admin.

import { button, field, form, heading, notice, problemNotice } from '/shared/controls.js';
import { action } from '/shared/resource.js';
import { go, next } from '/shared/router.js';
import * as session from '/shared/session.js';
import { t } from '/shared/wording.js';

export const SignIn = () => {
  const signingIn = action(async ({ email, password }) => {
    await session.signIn(email, password);
    if (session.isAdmin()) go(next(), undefined, { replace: true });
  });
  return {
    view: () => [
      heading(t('console.sign_in')),
      session.user() && !session.isAdmin() && notice('bad', t('console.admins_only')),
      form({ class: 'narrow' }, (values) => signingIn.run(values),
        field({ name: 'email', label: t('email'), type: 'email', required: true,
          autocomplete: 'username', problem: signingIn.problem }),
        field({ name: 'password', label: t('password'), type: 'password', required: true,
          autocomplete: 'current-password', problem: signingIn.problem }),
        problemNotice(signingIn.problem),
        button(t('sign_in.title'), { type: 'submit', kind: 'main', busy: signingIn.busy })),
    ],
  };
};
