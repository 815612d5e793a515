// The form that both pages sign in by.

import { button, field, form, problemNotice } from './controls.js';
import { t } from './wording.js';

// `signingIn` is the action that is given {email, password}.
export const credentials = (signingIn) =>
  form({ class: 'narrow' }, (values) => signingIn.run(values),
    field({ name: 'email', label: t('email'), type: 'email', required: true,
      autocomplete: 'username', problem: signingIn.problem }),
    field({ name: 'password', label: t('password'), type: 'password', required: true,
      autocomplete: 'current-password', problem: signingIn.problem }),
    problemNotice(signingIn.problem),
    button(t('sign_in.title'), { type: 'submit', kind: 'main', busy: signingIn.busy }));
