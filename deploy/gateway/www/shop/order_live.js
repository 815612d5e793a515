// An order as it moves: its status comes as server-sent events, and its timeline with it. While
// something cannot be asked, what is known stays.

import { get } from '/shared/api.js';
import { follow } from '/shared/event_stream.js';
import { resource } from '/shared/resource.js';
import { refresh } from './basket.js';

const m = window.m;

const final = ['delivered', 'rejected', 'cancelled'];
const moving = ['pending', 'cancelling'];
// Nothing but the status is told by events: while more than that moves, it is asked for.
const look_ms = 1500;

export const unpaid = (order) => order.status === 'confirmed' && order.payment
  && order.payment.status === 'authorized';

// The resources of the order `id`, a `look` at both, whether its events are `away`; `oninit` and
// `onremove` are for the view that shows it: nothing goes on after that is gone.
export function live(id) {
  const order = resource(() => get(`/orders/${id}`));
  const timeline = resource(async () => (await get(`/orders/${id}/timeline`)).data);
  let stop = () => {}, timer = null, gone = false, lost = false;

  const ended = () => order.value && final.includes(order.value.status);
  const passing = () => order.problem && order.problem.passing;
  const unsettled = () => passing() || (order.problem && order.problem.status === 401)
    || (order.value && (moving.includes(order.value.status) || unpaid(order.value)));

  async function look() {
    clearTimeout(timer);
    await Promise.all([order.reload(), timeline.reload()]);
    if (!gone && unsettled()) timer = setTimeout(look, look_ms);
  }

  function listen() {
    stop = follow(`/orders/${id}/events`, {
      onEvent({ data }) {
        look();
        refresh();
        return final.includes(JSON.parse(data).status);
      },
      onState(state) {
        lost = state === 'away';
        m.redraw();
      },
    });
  }

  async function oninit() {
    await look();
    if (!gone && (order.value ? !ended() : passing())) listen();
  }

  function onremove() {
    gone = true;
    clearTimeout(timer);
    stop();
  }
  return { order, timeline, look, away: () => lost && !ended(), oninit, onremove };
}
