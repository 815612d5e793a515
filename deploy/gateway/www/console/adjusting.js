// How much there is of a product, and counting it anew.

import { get } from '/shared/api.js';
import { field, form, problemNotice, shown } from '/shared/controls.js';
import { once } from '/shared/once.js';
import { action, resource } from '/shared/resource.js';
import { sendButton } from '/shared/send_button.js';
import { t } from '/shared/wording.js';

const m = window.m;

const figures = (stock) => m('dl', ['on_hand', 'reserved', 'available'].map((key) =>
  [m('dt', t(`head.${key}`)), m('dd', stock[key])]));

export const Adjusting = ({ attrs: { id } }) => {
  const stock = resource(() => get(`/products/${id}/stock`));
  const sending = once();
  const adjusting = action(async ({ delta, reason }, sheet) => {
    await sending.post(`/products/${id}/stock-adjustments`,
      () => ({ delta: Number(delta), reason }));
    sheet.reset();
    await stock.reload();
  });
  const it = (name, rest) => field({ name, required: true, problem: adjusting.problem,
    disabled: sending.unsure, ...rest });
  return {
    oninit: () => stock.reload(),
    view: () => form({ class: 'narrow', 'aria-label': t('stock.adjust') },
      (values, sheet) => adjusting.run(values, sheet), m('h2', t('stock.title')),
      shown(stock, figures),
      it('delta', { label: t('stock.delta'), type: 'number', hint: t('stock.delta_hint') }),
      it('reason', { label: t('head.reason'), maxlength: 500 }),
      problemNotice(adjusting.problem),
      sendButton(t('stock.adjust'), sending, { busy: adjusting.busy })),
  };
};
