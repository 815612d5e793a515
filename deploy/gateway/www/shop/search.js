// Search as you type: asked after a pause of the fingers, the latest answer counts.

import { heading } from '/shared/controls.js';
import { pages } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { listProducts } from './catalog.js';
import { productList } from './product_list.js';

const pause_ms = 150;

export const Search = () => {
  let asked = null, timer = null;
  const products = pages((cursor) => listProducts({ q: asked, cursor, limit: 24 }));

  function look() {
    const q = (parameter('q') || '').trim();
    if (q === asked) return;
    asked = q;
    clearTimeout(timer);
    timer = setTimeout(() => products.reload(), pause_ms);
  }
  return {
    oninit: look,
    onbeforeupdate: look,
    onremove: () => clearTimeout(timer),
    view: () => [
      heading(asked ? t('search.title', { q: asked }) : t('search.all')),
      productList(products, t('search.empty')),
    ],
  };
};
