// The goods of one category, and of those below it.

import { heading } from '/shared/controls.js';
import { pages } from '/shared/resource.js';
import { parameter } from '/shared/router.js';
import { t } from '/shared/wording.js';
import { categoryOf, childrenOf, listProducts } from './catalog.js';
import { productList, sorting } from './product_list.js';

const m = window.m;

export const Category = () => {
  const slug = parameter('slug');
  const orders = ['newest', 'bestselling', 'price', '-price', 'name'];
  let sort = 'newest';
  const products = pages((cursor) => listProducts({ category: slug, sort, cursor, limit: 24 }));
  return {
    oninit: () => products.reload(),
    view() {
      const category = categoryOf(slug);
      return [
        heading(category ? category.name : slug),
        category && m('nav.chips', { 'aria-label': t('category.below') },
          childrenOf(category.id).map((one) =>
            m('a', { href: `#/category/${one.slug}`, key: one.id }, one.name))),
        sorting(sort, orders, (event) => {
          sort = event.target.value;
          products.reload();
        }),
        productList(products, t('category.empty')),
      ];
    },
  };
};
