// Signing in as an admin.

import { heading, notice } from '/shared/controls.js';
import { credentials } from '/shared/credentials.js';
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
      credentials(signingIn),
    ],
  };
};
