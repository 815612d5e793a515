// The fields of an address, in the order in which envelopes have them.

import { field } from '/shared/controls.js';
import { country } from '/shared/format.js';
import { t } from '/shared/wording.js';

const countries = ['AT', 'AU', 'BE', 'CA', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FI', 'FR', 'GB', 'IE',
  'IN', 'IT', 'JP', 'NL', 'NO', 'NZ', 'PL', 'PT', 'SE', 'SG', 'US', 'ZA'];

const parts = [
  ['name', 'name', 200, true], ['line1', 'address-line1', 200, true],
  ['line2', 'address-line2', 200, false], ['city', 'address-level2', 200, true],
  ['region', 'address-level1', 200, false], ['postal_code', 'postal-code', 20, true],
];

export const addressFields = (problem, values = {}) => [
  parts.map(([name, autocomplete, maxlength, required]) => field({
    name, autocomplete, maxlength, required, problem, label: t(`address.${name}`),
    value: values[name] || '', key: name,
  })),
  field({
    name: 'country', label: t('address.country'), input: 'select', required: true, problem,
    autocomplete: 'country', value: values.country || 'GB',
    options: countries.map((code) => [code, country(code)]),
  }),
  field({
    name: 'phone', label: t('address.phone'), type: 'tel', autocomplete: 'tel', maxlength: 40,
    value: values.phone || '', problem,
  }),
];

export const addressLines = (address) => [
  address.name, address.line1, address.line2, address.city, address.region, address.postal_code,
  country(address.country),
].filter(Boolean).join(', ');
