// The storefront: which view belongs to which address, and what happens when the page opens. The
// first view comes with the page, the others when they are first wanted.

import { serve } from '/shared/router.js';
import { restore } from '/shared/session.js';
import { refresh } from './basket.js';
import { Home, open } from './home.js';
import { Layout } from './layout.js';

await restore();
if (['', '#', '#/'].includes(location.hash)) await open();
serve(document.getElementById('page'), {
  '/': { view: Home },
  '/search': { load: async () => (await import('./search.js')).Search, follows: true },
  '/category/:slug': { load: async () => (await import('./category.js')).Category },
  '/product/:id': { load: async () => (await import('./product.js')).Product },
  '/cart': { load: async () => (await import('./cart.js')).Cart },
  '/checkout': { load: async () => (await import('./checkout.js')).Checkout, needs: 'user' },
  '/sign-in': { load: async () => (await import('./sign_in.js')).SignIn },
  '/sign-up': { load: async () => (await import('./sign_up.js')).SignUp },
  '/account': { load: async () => (await import('./account.js')).Account, needs: 'user' },
  '/orders': { load: async () => (await import('./orders.js')).Orders, needs: 'user' },
  '/orders/:id': { load: async () => (await import('./order.js')).Order, needs: 'user' },
}, Layout);
refresh();
