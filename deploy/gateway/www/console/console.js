// The operator's console: which view belongs to which address.

import { serve } from '/shared/router.js';
import { restore } from '/shared/session.js';
import { Audit } from './audit.js';
import { Layout } from './layout.js';
import { Ledger } from './ledger.js';
import { Order } from './order.js';
import { Orders } from './orders.js';
import { Overview } from './overview.js';
import { Product } from './product.js';
import { Products } from './products.js';
import { SignIn } from './sign_in.js';
import { Stuck } from './stuck.js';
import { Users } from './users.js';
import { WebhookEndpoint } from './webhook_endpoint.js';
import { Webhooks } from './webhooks.js';

const views = {
  '/': Overview, '/orders': Orders, '/orders/:id': Order, '/stuck': Stuck, '/products': Products,
  '/products/:id': Product, '/users': Users, '/webhooks': Webhooks,
  '/webhooks/:id': WebhookEndpoint, '/ledger': Ledger, '/audit': Audit,
};

await restore();
serve(document.getElementById('page'), {
  '/sign-in': { view: SignIn },
  ...Object.fromEntries(Object.entries(views).map(([path, view]) =>
    [path, { view, needs: 'admin' }])),
}, Layout);
