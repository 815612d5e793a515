// Something that is fetched: what is known of it, whether it is being asked for, and what went
// wrong. A page shows the old value beside the problem rather than nothing.

const m = window.m;

// `load` returns a promise; only the answer to the latest call counts.
export function resource(load) {
  let latest = 0;
  const self = { value: null, problem: null, loading: false, loadedAt: null, reload };

  async function reload(...words) {
    const mine = ++latest;
    self.loading = true;
    try {
      const value = await load(...words);
      if (mine !== latest) return self;
      Object.assign(self, { value, problem: null, loadedAt: Date.now() });
    } catch (problem) {
      if (mine !== latest) return self;
      self.problem = problem;
    }
    self.loading = false;
    m.redraw();
    return self;
  }
  return self;
}

// For a view's `oninit` and `onremove`: looks again `pause_ms` after each look has ended, for as
// long as the view is shown and `look` does not say false.
export function watching(look, pause_ms) {
  let timer = null, stopped = false;
  async function again() {
    const goOn = await look();
    if (!stopped && goOn !== false) timer = setTimeout(again, pause_ms);
  }
  return {
    oninit: () => { again(); },
    onremove() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

// A list that is walked page by page. `load` takes a cursor, null at first.
export function pages(load) {
  const self = resource(async (more) => {
    const page = await load(more === true ? self.next : null);
    self.next = page.next_cursor;
    return more === true ? self.value.concat(page.data) : page.data;
  });
  self.next = null;
  return self;
}

// Something that is sent once at a time: `busy` meanwhile, `problem` when it failed.
export function action(act) {
  const self = { busy: false, problem: null, run };

  async function run(...words) {
    if (self.busy) return undefined;
    Object.assign(self, { busy: true, problem: null });
    m.redraw();
    try {
      return await act(...words);
    } catch (problem) {
      self.problem = problem;
      return undefined;
    } finally {
      self.busy = false;
      m.redraw();
    }
  }
  return self;
}
