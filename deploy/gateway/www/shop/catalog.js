// Reads of the catalog, without a token: they come from the gateway's cache, and go on coming from
// there while the catalog is down. Then what is shown may be old, and says so.

import { call, query } from '/shared/api.js';
import { resource } from '/shared/resource.js';

export const freshness = { stale: false };

async function read(path) {
  const { body, headers } = await call('GET', path, { open: true });
  freshness.stale = /detail=stale/.test(headers.get('Cache-Status') || '');
  return body;
}

export const listProducts = (filters) => read(`/products${query(filters)}`);
export const getProduct = (id) => read(`/products/${id}`);

// All categories, in one flat list; asked for once.
export const categories = resource(async () => (await read('/categories')).data);

export const topCategories = () => (categories.value || []).filter((one) => !one.parent_id);
export const categoryOf = (slug) => (categories.value || []).find((one) => one.slug === slug);
export const childrenOf = (id) => (categories.value || []).filter((one) => one.parent_id === id);
