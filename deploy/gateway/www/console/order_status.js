// An order's status as the console shows it.

import { badge } from '/shared/controls.js';

const kinds = {
  pending: 'warn', cancelling: 'warn', confirmed: 'good', shipped: 'good', delivered: 'good',
  rejected: 'bad', cancelled: 'plain',
};
export const statuses = Object.keys(kinds);
export const statusBadge = (status) => badge(kinds[status] || 'plain', status);
