// The storefront: which view belongs to which address, and what happens when the page opens.

import { serve } from '/shared/router.js';
import { restore } from '/shared/session.js';
import { Account } from './account.js';
import { refresh } from './basket.js';
import { Cart } from './cart.js';
import { Category } from './category.js';
import { Checkout } from './checkout.js';
import { Home } from './home.js';
import { Layout } from './layout.js';
import { Order } from './order.js';
import { Orders } from './orders.js';
import { Product } from './product.js';
import { Search } from './search.js';
import { SignIn } from './sign_in.js';
import { SignUp } from './sign_up.js';

await restore();
serve(document.getElementById('page'), {
  '/': { view: Home },
  '/search': { view: Search },
  '/category/:slug': { view: Category },
  '/product/:id': { view: Product },
  '/cart': { view: Cart },
  '/checkout': { view: Checkout, needs: 'user' },
  '/sign-in': { view: SignIn },
  '/sign-up': { view: SignUp },
  '/account': { view: Account, needs: 'user' },
  '/orders': { view: Orders, needs: 'user' },
  '/orders/:id': { view: Order, needs: 'user' },
}, Layout);
refresh();
