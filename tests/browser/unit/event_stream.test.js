import assert from 'node:assert/strict';
import test from 'node:test';

import { eventParser } from '../../../deploy/gateway/www/shared/event_stream.js';

test('events are found however the text is cut', () => {
  const text = ': hello\n\nid: 1\nevent: order.status\ndata: {"a":1}\n\n'
    + 'id: 2\r\ndata: x\r\ndata: y\r\n\r\n';
  for (let cut = 1; cut < text.length; cut++) {
    const parse = eventParser();
    const found = [...parse(text.slice(0, cut)), ...parse(text.slice(cut))];
    assert.deepEqual(found, [
      { id: '1', event: 'order.status', data: '{"a":1}' },
      { id: '2', event: 'message', data: 'x\ny' },
    ]);
  }
});

test('a comment is no event, and what is unfinished waits', () => {
  const parse = eventParser();
  assert.deepEqual(parse(': still here\n\nid: 7\nda'), []);
  assert.equal(parse('ta: 1\n\n')[0].id, '7');
});
