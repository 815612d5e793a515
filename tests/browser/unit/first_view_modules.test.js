import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const www = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
  '../../../deploy/gateway/www');

// Every module that `file` imports, and theirs; not those that are imported when wanted.
function modulesOf(file, found = new Set()) {
  for (const [, name] of readFileSync(path.join(www, file), 'utf8').matchAll(/from\s+'([^']+)'/g)) {
    const where = path.posix.normalize(name.startsWith('/') ? name
      : path.posix.join(path.posix.dirname(file), name));
    if (!found.has(where)) modulesOf(where, found.add(where));
  }
  return found;
}

test('the shop names all modules of its first view, so that they come together', () => {
  const page = readFileSync(path.join(www, 'shop/index.html'), 'utf8');
  const named = [...page.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...modulesOf('/shop/shop.js')].sort());
});
