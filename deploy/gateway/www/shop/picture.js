// A product's picture: its own, or one drawn here from its category and colour.

const m = window.m;

const colours = {
  ivory: '#e8dfc8', slate: '#65727e', cobalt: '#2b4fa3', olive: '#77803b', coral: '#ef7d64',
  amber: '#e0a030', plum: '#7a3f69', chalk: '#dcdcd4', moss: '#5c7a4a', ink: '#2a3040',
};
const shapes = {
  mugs: 'M28 34h32v30a8 8 0 0 1-8 8H36a8 8 0 0 1-8-8zM60 42h6a8 8 0 0 1 0 18h-6',
  teapots: 'M26 50a22 18 0 0 0 44 0 22 16 0 0 0-44 0M44 34a4 4 0 1 1 8 0M70 48l12-8M26 44'
    + 'c-14-4-14 18 2 16',
  candles: 'M36 44h24v34H36zM48 44v-6M48 22c8 8 4 14 0 14s-8-6 0-14',
  cushions: 'M26 28q22 8 44 0-8 20 0 40-22-8-44 0 8-20 0-40',
  notebooks: 'M30 22h36v52H30zM38 22v52M46 36h12M46 44h12',
  planters: 'M30 50h36l-5 26H35zM48 50V30M48 40q-14 0-14-14 14 0 14 14M48 36q0-12 14-12 0 12-14 12',
};
const other = 'M26 36l22-12 22 12-22 12zM26 36v26l22 12V48zM70 36v26L48 74V48z';

function hue(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 360;
  return sum;
}

// Decoration: the name stands beside it, so that nobody has to hear it twice.
export function picture(product) {
  if (product.image_url) {
    return m('img.picture', { src: product.image_url, alt: '', loading: 'lazy' });
  }
  const named = ((product.attributes || {}).colour || '').toLowerCase();
  const colour = colours[named] || `hsl(${hue(product.sku || '')} 40% 55%)`;
  return m('svg.picture', { viewBox: '0 0 96 96', 'aria-hidden': 'true' },
    m('rect', { width: 96, height: 96, fill: colour, opacity: 0.18 }),
    m('path', { d: shapes[product.category] || other, fill: colour, 'fill-opacity': 0.55,
      stroke: colour, 'stroke-width': 2.5, 'stroke-linejoin': 'round' }));
}
