// The button of a form whose request is to happen once (once.js). While it is not known whether it
// did, the button sends the same again, whatever stands in the form.

import { button, notice } from './controls.js';
import { t } from './wording.js';

const m = window.m;

// `way` leads to where somebody can see for themselves.
export const sendButton = (text, doing, { way, ...attrs }) => [
  doing.unsure && notice('warn', m('p', t('once.unsure')), way && m('p', way)),
  button(doing.unsure ? t('once.again') : text, { type: 'submit', ...attrs }),
];
