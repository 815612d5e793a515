// Server-Sent Events over fetch, since EventSource cannot carry a token.

import * as session from './session.js';

// Takes text as it arrives and returns the events that are complete: [{id, event, data}]. Pure but
// for what it keeps of an unfinished one.
export function eventParser() {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    return blocks.map(parseEvent).filter((one) => one.data !== null);
  };
}

function parseEvent(block) {
  const found = { id: null, event: 'message', data: null };
  for (const line of block.split(/\r?\n/)) {
    const field = /^(id|event|data): ?(.*)$/.exec(line);
    if (!field) continue;
    const [, name, value] = field;
    found[name] = name === 'data' && found.data !== null ? `${found.data}\n${value}` : value;
  }
  return found;
}

const longestPause_ms = 5000;

// Follows `path` until `onEvent` answers that it has seen enough, or until stop() is called.
// `onState` hears 'live' and 'away'. Whatever ends the stream (a server that drains, a token that
// ends, a network that is gone), it is taken up again after the last event.
export function follow(path, { onEvent, onState = () => {} }) {
  const ending = new AbortController();
  let stopped = false, last = null, pause_ms = 250;

  async function read() {
    const token = await session.token();
    const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token}` };
    if (last !== null) headers['Last-Event-ID'] = last;
    const response = await fetch(`/api/v1${path}`, { headers, signal: ending.signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    onState('live');
    pause_ms = 250;
    const parse = eventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const event of parse(value)) {
        last = event.id === null ? last : event.id;
        if (onEvent(event)) return stop();
      }
    }
  }

  async function run() {
    while (!stopped) {
      try {
        await read();
      } catch (error) { /* asked again */ }
      if (stopped) return;
      onState('away');
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
      pause_ms = Math.min(pause_ms * 2, longestPause_ms);
    }
  }

  function stop() {
    stopped = true;
    ending.abort();
  }

  run();
  return stop;
}
