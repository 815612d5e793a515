// What pages are made of: headings, fields, buttons, notices. Labelled for those who cannot see.

import { fieldWords, wordsOf } from './problem.js';
import { t } from './wording.js';

const m = window.m;

// The page's one first-level heading: its words are the window's title too, and whoever comes from
// another page finds the focus here, unless they are typing (a search opens its page).
let opened = false;
const typing = () => document.activeElement && document.activeElement.tagName === 'INPUT';
const Heading = {
  oncreate(vnode) {
    if (opened && !typing()) {
      vnode.dom.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    opened = true;
    document.title = `${vnode.attrs.text} · Mercato`;
  },
  onupdate(vnode) {
    document.title = `${vnode.attrs.text} · Mercato`;
  },
  view: (vnode) => m('h1', { tabindex: -1 }, vnode.attrs.text),
};
export const heading = (text) => m(Heading, { text });

// `kind`: info, good, warn or bad. Bad news interrupts a screen reader, other news wait.
export const notice = (kind, ...content) =>
  m(`.notice.${kind}`, { role: kind === 'bad' ? 'alert' : 'status' }, content);

// A problem in plain words, and a way on where trying again may help.
export function problemNotice(problem, retry) {
  if (!problem) return null;
  return notice('bad', m('p', wordsOf(problem)),
    retry && m('button.quiet', { type: 'button', onclick: () => retry() }, t('again')),
    problem.traceId && m('p.small', t('trace', { id: problem.traceId })));
}

// While a resource is first asked for; what went wrong; else what `show` makes of its value. The
// old value stays beside a problem.
export function shown(resource, show) {
  if (resource.value === null) {
    return resource.problem ? problemNotice(resource.problem, resource.reload)
      : m('p.waiting', { role: 'status' }, t('loading'));
  }
  return [
    resource.problem && notice('warn', t('old'), ' ', wordsOf(resource.problem)),
    show(resource.value),
  ];
}

export const button = (text, { busy = false, kind = '', ...attrs } = {}) =>
  m(`button${kind && `.${kind}`}`, { type: 'button', disabled: busy, ...attrs },
    busy ? t('working') : text);

// The mark of icon.svg, drawn in the page: as an image it is a document of its own to the browser,
// which the first view waits for.
export const mark = () => m('svg', { viewBox: '0 0 32 32', width: 28, height: 28,
  'aria-hidden': 'true' },
  m('rect', { width: 32, height: 32, rx: 7, fill: '#0f6b57' }),
  m('path', { d: 'M7 23V10l9 8 9-8v13', fill: 'none', stroke: '#fff', 'stroke-width': 3,
    'stroke-linejoin': 'round' }));

let fields = 0;
// An input with its label, its hint and what is wrong with it. `problem` is that of the whole form.
// `value` is what it begins with, and what it shows again when that changes: what somebody types
// meanwhile stays.
const Field = () => {
  const id = `field-${++fields}`;
  let begun;
  function begin({ attrs, dom }) {
    if (attrs.value === undefined || attrs.value === begun) return;
    begun = attrs.value;
    dom.querySelector(`#${id}`).value = begun;
  }
  return {
    oncreate: begin,
    onupdate: begin,
    view(vnode) {
      const { name, label, hint, problem, input = 'input', options, value, ...rest } = vnode.attrs;
      const wrong = fieldWords(problem, name);
      const told = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
      const attrs = {
        id, name, ...rest, 'aria-describedby': told || false,
        'aria-invalid': wrong ? 'true' : false,
      };
      return m('.field',
        m('label', { for: id }, label,
          !rest.required && m('span.small', ` ${t('optional')}`)),
        m(input, attrs, options && options.map(([one, text]) => m('option', { value: one }, text))),
        hint && m('p.small', { id: `${id}-hint` }, hint),
        wrong && m('p.wrong', { id: `${id}-wrong` }, wrong));
    },
  };
};
export const field = (attrs) => m(Field, attrs);

// A form that sends itself by `submit(values)`, where values are the fields by their names; empty
// ones are left out.
export function form(attrs, submit, ...content) {
  return m('form', {
    ...attrs,
    onsubmit(event) {
      event.preventDefault();
      const values = {};
      for (const [name, value] of new FormData(event.target)) {
        if (value !== '') values[name] = value;
      }
      submit(values, event.target);
    },
  }, content);
}

export function morePages(list) {
  if (!list.next) return null;
  return m('p', button(t('more'), {
    busy: list.loading, kind: 'quiet', onclick: () => list.reload(true),
  }));
}

// A table with a caption; it scrolls by itself where it is too wide. `rows` are lists of cells;
// of the kind `figures`, a cell is one line.
export function table(caption, heads, rows, empty = t('nothing'), kind = '') {
  if (rows.length === 0) return m('p.small', empty);
  return m('.scroll', { tabindex: 0, role: 'region', 'aria-label': caption },
    m(`table${kind && `.${kind}`}`, m('caption', caption),
      m('thead', m('tr', heads.map((head) => m('th', { scope: 'col' }, head)))),
      m('tbody', rows.map((cells) => m('tr', cells.map((cell) => m('td', cell)))))));
}

export const badge = (kind, text) => m(`span.badge.${kind}`, text);
