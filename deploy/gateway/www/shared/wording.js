// Finds the words for a key of texts.js.

import { texts } from './texts.js';

const plurals = new Intl.PluralRules('en');

// t('cart.items', {count: 2}): what stands under the key, {names} filled in. Where the text is
// {one, other}, `count` chooses. A key that nobody wrote down is shown as it is.
export function t(key, values = {}) {
  let text = texts[key];
  if (text === undefined) return key;
  if (typeof text === 'object') text = text[plurals.select(values.count)] || text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (name in values ? values[name] : `{${name}}`));
}

export const known = (key) => key in texts;

// The words for a state that a service names, or its name with blanks.
export function named(kind, name) {
  const key = `${kind}.${name}`;
  return known(key) ? t(key) : String(name).replaceAll('_', ' ');
}
