// A new account, signed in at once.

import { button, field, form, heading, problemNotice } from '/shared/controls.js';
import { action } from '/shared/resource.js';
import { go, next } from '/shared/router.js';
import { register } from '/shared/session.js';
import { t } from '/shared/wording.js';

const m = window.m;

export const SignUp = () => {
  const signingUp = action(async ({ email, password, name }) => {
    await register(email, password, name);
    go(next(), undefined, { replace: true });
  });
  return {
    view: () => [
      heading(t('sign_up.title')),
      form({ class: 'narrow' }, (values) => signingUp.run(values),
        field({ name: 'name', label: t('name'), required: true, maxlength: 200,
          autocomplete: 'name', problem: signingUp.problem }),
        field({ name: 'email', label: t('email'), type: 'email', required: true, maxlength: 254,
          autocomplete: 'username', problem: signingUp.problem }),
        field({ name: 'password', label: t('password'), type: 'password', required: true,
          minlength: 12, maxlength: 128, autocomplete: 'new-password',
          hint: t('password.hint'), problem: signingUp.problem }),
        problemNotice(signingUp.problem),
        button(t('sign_up.title'), { type: 'submit', kind: 'main', busy: signingUp.busy })),
      m('p', t('sign_up.member'), ' ', m('a', {
        href: `#/sign-in?next=${encodeURIComponent(next())}`,
      }, t('sign_in.title'))),
    ],
  };
};
