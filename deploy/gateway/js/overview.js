// GET /api/v1/admin/overview: the figures of all services. Each checks itself that an admin asks,
// and one that refuses refuses for all.

import parts from 'parts.js';

const figures = {
    user: '/_figures/user',
    catalog: '/_figures/catalog',
    order: '/_figures/order',
    payment: '/_figures/payment',
};

async function assemble(r) {
    if (parts.refuseOtherMethods(r)) {
        return;
    }
    const gathered = await parts.gather(r, figures);
    const statuses = Object.keys(figures).map((name) => gathered.statuses[name]);
    if (statuses.indexOf(401) !== -1) {
        r.return(401);
    } else if (statuses.indexOf(403) !== -1) {
        r.return(403);
    } else if (gathered.failed.length === statuses.length) {
        r.return(503);
    } else {
        parts.send(r, { services: gathered.values, degraded: gathered.failed });
    }
}

export default { assemble };
