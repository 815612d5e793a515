// The timeline's entries as spans on a scale from the first to the last. Pure.

// An entry says when its step had its outcome; the step began when the one before it was over.
// Lists {key, service, step, attempt, outcome, detail, at_ms, ms, left, width}: `at_ms` since the
// order came in, `left` and `width` in per cent. Where hours lie between two entries (a refund, a
// delivery), the gap is shortened to `gap_ms`, so that the rest stays readable.
export function spans(timeline, gap_ms = 10000) {
  let clock = 0, last = null;
  const found = timeline.map((entry, i) => {
    const at = Date.parse(entry.at);
    const passed = last === null ? 0 : Math.max(0, at - last);
    last = at;
    const begin = clock;
    clock += Math.min(passed, gap_ms);
    return {
      key: `${i}`, service: entry.service, step: entry.step, attempt: entry.attempt,
      outcome: entry.outcome, detail: entry.detail, ms: passed,
      at_ms: at - Date.parse(timeline[0].at), begin, end: clock,
    };
  });
  const whole = Math.max(clock, 1);
  return found.map(({ begin, end, ...span }) => ({
    ...span, left: (100 * begin) / whole, width: Math.max((100 * (end - begin)) / whole, 0.5),
  }));
}
