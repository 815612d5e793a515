// The API browser: four documents, each operation with its source, and a request that can be tried.

import { outline } from './outline.js';

const services = ['user', 'catalog', 'order', 'payment'];
const byId = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Where an operation or a component stands on the page, and what the address shows of it.
const anchorOf = (service, name) => `#${service}/${name}`;

// The source, with its references as links. Text is only ever added as text.
function sourceOf(service, source) {
  const pre = element('pre', { tabindex: '0' });
  for (const line of source.trimEnd().split('\n')) {
    const reference = /^(.*)(#\/components\/([A-Za-z]+)\/([A-Za-z0-9_.-]+))(.*)$/.exec(line);
    if (reference) {
      const link = element('a', { href: anchorOf(service, reference[4]) }, reference[2]);
      pre.append(reference[1], link, `${reference[5]}\n`);
      continue;
    }
    const key = /^(\s*(?:- )?)([A-Za-z0-9_$'"./{}-]+)(:.*)$/.exec(line);
    if (line.trim().startsWith('#')) {
      pre.append(element('span', { class: 'comment' }, line), '\n');
    } else if (key) {
      pre.append(key[1], element('span', { class: 'key' }, key[2]), `${key[3]}\n`);
    } else {
      pre.append(`${line}\n`);
    }
  }
  return pre;
}

const methodLabel = (method) =>
  element('span', { class: `method ${method}` }, method.toUpperCase());

async function send(form, method, output) {
  const headers = {};
  if (form.token.value) headers.Authorization = `Bearer ${form.token.value}`;
  if (form.key && form.key.value) headers['Idempotency-Key'] = form.key.value;
  const body = form.body && form.body.value ? form.body.value : undefined;
  if (body) headers['Content-Type'] = 'application/json';
  output.hidden = false;
  try {
    const answer = await fetch(form.path.value, { method: method.toUpperCase(), headers, body });
    const text = await answer.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch (error) { /* no JSON: shown as it is */ }
    const told = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    output.textContent = `${answer.status} ${answer.statusText}\n${told}\n\n${shown}`;
  } catch (error) {
    output.textContent = `The gateway gave no answer: ${error.message}`;
  }
}

// A form for the request. The token stays in the page's memory, and nowhere else.
let rememberedToken = '';
function trial(operation) {
  const path = operation.path.startsWith('/.well-known') ? '' : '/api/v1';
  const form = element('form', {},
    element('input', { name: 'path', value: path + operation.path, 'aria-label': 'Path' }),
    element('input', { name: 'token', placeholder: 'access token', autocomplete: 'off',
      value: rememberedToken, 'aria-label': 'Access token' }));
  if (operation.method !== 'get') {
    form.append(
      element('input', { name: 'key', placeholder: 'Idempotency-Key', 'aria-label': 'Key' }),
      element('textarea', { name: 'body', rows: '6', placeholder: '{}', 'aria-label': 'Body' }));
  }
  const output = element('pre', { hidden: '' });
  form.append(element('button', {}, `Send ${operation.method.toUpperCase()}`));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    rememberedToken = form.token.value;
    send(form, operation.method, output);
  });
  return element('details', {}, element('summary', {}, 'Try it'), form, output);
}

function operationSection(service, operation) {
  const section = element('section', { id: `${service}/${operation.id}` },
    element('h2', {}, methodLabel(operation.method), ` ${operation.path}`),
    element('p', {}, operation.summary), sourceOf(service, operation.source));
  if (!operation.path.startsWith('/internal') && !operation.source.includes('service: []')) {
    section.append(trial(operation));
  }
  return section;
}

function show(service, found) {
  byId('document').replaceChildren(
    element('p', {}, `${found.title}. `,
      element('a', { href: `/docs/${service}.yaml` }, 'The document as it is')),
    ...found.operations.map((operation) => operationSection(service, operation)),
    ...found.components.map((component) => element('section',
      { id: `${service}/${component.name}` },
      element('h2', {}, `${component.kind} / ${component.name}`),
      sourceOf(service, component.source))));
  byId('operations').replaceChildren(...found.operations.map((operation) =>
    element('a', { href: anchorOf(service, operation.id), title: operation.summary },
      methodLabel(operation.method), operation.path)));
  filter();
}

function filter() {
  const wanted = byId('search').value.toLowerCase();
  for (const link of byId('operations').children) {
    link.hidden = !`${link.textContent} ${link.title}`.toLowerCase().includes(wanted);
  }
}

// What the address names; a mangled one names nothing.
function wanted() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch (error) {
    return '';
  }
}

let shown = '';
async function navigate() {
  const name = wanted();
  const service = services.find((one) => name.startsWith(one)) || services[0];
  for (const link of byId('services').children) {
    link.setAttribute('aria-current', link.textContent === service ? 'page' : 'false');
  }
  if (service !== shown) {
    shown = service;
    try {
      const answer = await fetch(`/docs/${service}.yaml`);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      show(service, outline(await answer.text()));
    } catch (error) {
      shown = '';
      byId('document').replaceChildren(
        `The ${service} service does not show its document now (${error.message}).`);
    }
  }
  const target = byId(name);
  if (target) target.scrollIntoView();
}

byId('services').append(...services.map((service) =>
  element('a', { href: `#${service}` }, service)));
byId('search').addEventListener('input', filter);
addEventListener('hashchange', navigate);
navigate();
