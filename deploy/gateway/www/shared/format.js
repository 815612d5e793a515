// Money, dates and durations as people write them, by Intl. Pure.

const locale = typeof navigator === 'undefined' ? 'en-GB' : navigator.language;

// How many decimals ISO 4217 gives the currencies that have other than two. The API's minor units
// are these; Intl has fewer where small coins went out of use.
const none = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ');
const three = 'BHD IQD JOD KWD LYD OMR TND'.split(' ');
const digitsOf = (currency) => (none.includes(currency) ? 0 : three.includes(currency) ? 3 : 2);

const moneyFormats = new Map();
function moneyFormat(currency) {
  if (!moneyFormats.has(currency)) {
    const digits = digitsOf(currency);
    moneyFormats.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency,
      minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return moneyFormats.get(currency);
}

// What `make` returns, made when it is first asked for: formats of Intl read tables of their own,
// which were most of what loading a page's scripts took; a first view shows no dates or countries.
function lazily(make) {
  let made;
  return () => (made = made || make());
}

// {amount, currency} in minor units, as "£19.99"; a dash for nothing.
export function money(value) {
  if (!value) return '–';
  return moneyFormat(value.currency).format(value.amount / 10 ** digitsOf(value.currency));
}

// The same as somebody would type it: "19.99".
export function amountText({ amount, currency }) {
  const digits = digitsOf(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

// What somebody typed ("19.99", "1,999.00", "19,99") as minor units; null if it is no amount.
export function parseMoney(text, currency) {
  const digits = digitsOf(currency);
  const form = digits ? new RegExp(`^(\\d+)(?:[.,](\\d{1,${digits}}))?$`) : /^(\d+)$/;
  const found = form.exec(text.trim().replace(/[\s,](?=\d{3}(?:\D|$))/g, ''));
  if (!found) return null;
  const amount = Number(found[1]) * 10 ** digits + Number((found[2] || '').padEnd(digits, '0'));
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
