// The button that signs out, and what went wrong with it.

import { button, notice } from './controls.js';
import { wordsOf } from './problem.js';
import { action } from './resource.js';
import { go } from './router.js';
import * as session from './session.js';
import { t } from './wording.js';

const m = window.m;

const leaving = action(async (place) => {
  await session.signOut();
  go(place);
});

// Leads to `place` afterwards.
export const signOutButton = (place) =>
  button(t('sign_out'), { kind: 'link', busy: leaving.busy, onclick: () => leaving.run(place) });

export const signOutProblem = () => leaving.problem && session.user()
  && notice('bad', m('p', t('sign_out.failed'), ' ', wordsOf(leaving.problem)));
