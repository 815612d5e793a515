// Money, dates and durations as people write them, by Intl. Pure.

const locale = typeof navigator === 'undefined' ? 'en-GB' : navigator.language;

const moneyFormats = new Map();
function moneyFormat(currency) {
  if (!moneyFormats.has(currency)) {
    moneyFormats.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency }));
  }
  return moneyFormats.get(currency);
}

// What `make` returns, made when it is first asked for: formats of Intl read tables of their own,
// which were most of what loading a page's scripts took; a first view shows no dates or countries.
function lazily(make) {
  let made;
  return () => (made = made || make());
}

// How many minor units make one of `currency`: 100 pence, but 1 yen.
export function minorUnits(currency) {
  return 10 ** moneyFormat(currency).resolvedOptions().maximumFractionDigits;
}

// {amount, currency} in minor units, as "£19.99"; a dash for nothing.
export function money(value) {
  if (!value) return '–';
  return moneyFormat(value.currency).format(value.amount / minorUnits(value.currency));
}

// What somebody typed ("19.99", "1,999.00", "19,99") as minor units; null if it is no amount.
export function parseMoney(text, currency) {
  const units = minorUnits(currency);
  const digits = String(units).length - 1;
  const form = digits ? new RegExp(`^(\\d+)(?:[.,](\\d{1,${digits}}))?$`) : /^(\d+)$/;
  const found = form.exec(text.trim().replace(/[\s,](?=\d{3}(?:\D|$))/g, ''));
  if (!found) return null;
  const amount = Number(found[1]) * units + Number((found[2] || '').padEnd(digits, '0'));
  return Number.isSafeInteger(amount) ? amount : null;
}

const dateFormat = lazily(() => new Intl.DateTimeFormat(
  locale, { dateStyle: 'medium', timeStyle: 'short' }));
const timeFormat = lazily(() => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const numberFormat = lazily(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
const regionNames = lazily(() => new Intl.DisplayNames([locale], { type: 'region' }));

export const date = (text) => (text ? dateFormat().format(new Date(text)) : '–');
export const time = (text) => (text ? timeFormat().format(new Date(text)) : '–');
export const number = (value) => (value === null || value === undefined
  ? '–' : numberFormat().format(value));

// Seconds as "350 ms", "12 s", "5 min", "3 h" or "2 d".
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${numberFormat().format(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

// Bytes as "18.4 MiB".
export function mebibytes(bytes) {
  return bytes === null || bytes === undefined
    ? '–' : `${numberFormat().format(bytes / 1048576)} MiB`;
}

// "GB" as "United Kingdom".
export function country(code) {
  try {
    return regionNames().of(code);
  } catch (error) {
    return code;
  }
}
