// Runs the browser tests against a system of their own, or one that runs already.
//
// usage: node tests/browser/run.js [--junit-xml FILE] [--screenshots] [NAME...]
//
// NAME picks test files by a part of their names. --screenshots writes those of the documents anew,
// and does nothing else.
// MERCATO_BROWSER_STATE=DIR uses an installation that runs already (with RATE_LIMITS=off).

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';

import { dev } from './system.js';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);

const xml = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
  .replace(/[^\n\t\x20-\ufffd]/g, '');

function takeArguments() {
  const words = process.argv.slice(2), taken = { names: [] };
  while (words.length > 0) {
    const word = words.shift();
    if (word === '--junit-xml') taken.junit = words.shift();
    else if (word === '--screenshots') {
      process.env.MERCATO_SCREENSHOTS = '1';
      taken.names.push('pictures');
    } else taken.names.push(word);
  }
  return taken;
}

const told = (cause) => `${cause.message || cause}\n${cause.stack || ''}`;

// Results as they come; one file after the other, since they share one system.
async function runFiles(files) {
  const results = [];
  const note = (failed) => ({ name, file, details, skip }) => {
    if (details.type === 'suite' || name === file) return;
    if (skip) {
      console.log(`skipped ${name}: ${skip}`);
      return;
    }
    const cause = failed && (details.error.cause || details.error);
    results.push({ name, failed: failed && told(cause) });
    console.log(`${failed ? 'FAILED' : 'passed'}  ${name} (${Math.round(details.duration_ms)} ms)`);
    if (failed) console.log(told(cause));
  };
  for (const file of files) {
    const events = run({ files: [file], concurrency: false });
    events.on('test:pass', note(false));
    events.on('test:fail', note(true));
    for await (const event of events) {
      if (event.type === 'test:stderr') process.stderr.write(event.data.message);
    }
  }
  return results;
}

const junit = (results) => `<testsuite>${results.map(({ name, failed }) =>
  `<testcase classname="browser" name="${xml(name)}">${
    failed ? `<failure message="${xml(failed)}"/>` : ''}</testcase>`).join('\n')}</testsuite>\n`;

const { names, junit: report } = takeArguments();
const files = [here, path.join(here, 'unit')].flatMap((folder) => readdirSync(folder)
  .filter((name) => name.endsWith('.test.js') && (names.length === 0
    || names.some((one) => name.includes(one)))).sort().map((name) => path.join(folder, name)));

const own = !process.env.MERCATO_BROWSER_STATE;
const state = process.env.MERCATO_BROWSER_STATE || mkdtempSync(path.join(tmpdir(), 'mercato-'));
process.env.MERCATO_STATE = path.resolve(state);
let results = [];
try {
  dev('up');
  results = await runFiles(files);
} finally {
  if (own) {
    dev('down', '--wipe');
    rmSync(state, { recursive: true, force: true });
  }
}
if (report) writeFileSync(report, junit(results));
const failed = results.filter((one) => one.failed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 || results.length === 0 ? 1 : 0);
